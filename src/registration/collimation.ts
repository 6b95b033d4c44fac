import { removeConstantBorder } from "./constantBorder.ts";
import { type Iris, findIris } from "./iris.ts";

/**
 * Finds the part of an X-ray that carries no anatomy: constant regions that touch the border (image
 * intensifier corners, padding), the shadow of straight collimator blades and of a round iris. Works on raw pixel values of
 * either polarity; nothing about the patient is assumed.
 */

/** A straight blade edge: points with normal . (x, y) < offset lie in its shadow (pixels). */
export interface Blade {
  readonly side: "left" | "right" | "top" | "bottom";
  readonly normal: readonly [number, number];
  readonly offset: number;
}

export interface Collimation {
  /** 1 where the image is live, 0 where it is dead; width x height. */
  readonly live: Uint8Array;
  readonly blades: readonly Blade[];
  readonly iris?: Iris;
  /** Fraction of pixels that are dead. */
  readonly deadFraction: number;
}

interface Plane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

const inwardNormals = { left: [1, 0], right: [-1, 0], top: [0, 1], bottom: [0, -1] } as const;
const tiltsDeg = [-20, -15, -10, -5, -2.5, 0, 2.5, 5, 10, 15, 20];
const reach = 0.4;
/** Contrast of the faintest edge, of the image's range. */
const leastContrast = 0.04;

/** The rim of a dark shadow shows best in logarithms, that of a bright one as it is. */
function findIrisOfEitherScale(data: Float32Array, width: number, height: number): Iris | undefined {
  const floor = 0.005;
  const logs = data.map((v) => 1 - Math.log(Math.max(floor, v)) / Math.log(floor));
  return findIris(logs, width, height) ?? findIris(data, width, height);
}

function closeIris(iris: Iris, live: Uint8Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (Math.hypot(x - iris.x, y - iris.y) > iris.radius) live[y * width + x] = 0;
    }
  }
}

/** Searches on an image normalised to [0, 1]; see `normalised` in prepareXray. */
export function findCollimation(data: Float32Array, width: number, height: number): Collimation {
  const live = new Uint8Array(width * height).fill(1);
  removeConstantBorder(data, width, height, live);
  const blades: Blade[] = [];
  const plane = { data, width, height };
  const iris = live.includes(0) ? undefined : findIrisOfEitherScale(data, width, height);
  if (iris) closeIris(iris, live, width, height);
  for (let round = 0; round < 2; round++) {
    for (const side of ["left", "right", "top", "bottom"] as const) {
      if (blades.some((blade) => blade.side === side)) continue;
      const blade = findBlade(plane, live, side);
      if (!blade) continue;
      blades.push(blade);
      shade(blade, live, width, height);
    }
  }
  const count = live.reduce((sum, value) => sum + value, 0);
  return { live, blades, ...(iris && { iris }), deadFraction: 1 - count / (width * height) };
}

function findBlade(plane: Plane, live: Uint8Array, side: Blade["side"]): Blade | undefined {
  const { width, height } = plane;
  const base = inwardNormals[side];
  const extent = side === "left" || side === "right" ? width : height;
  const step = Math.max(1, extent / 128);
  let best: { blade: Blade; score: number } | undefined;
  for (const tilt of tiltsDeg) {
    const [c, s] = [Math.cos((tilt * Math.PI) / 180), Math.sin((tilt * Math.PI) / 180)];
    const normal = [base[0] * c - base[1] * s, base[0] * s + base[1] * c] as const;
    for (let depth = 3 * step; depth < reach * extent; depth += step) {
      const blade = bladeAt(side, normal, depth, width, height);
      const score = edgeScore(plane, live, blade, step, best?.score ?? leastContrast);
      if (score > 0) best = { blade, score };
    }
  }
  return best && shadowIsFlat(plane, live, best.blade, step) ? best.blade : undefined;
}

/** The line through the point `depth` pixels inside the middle of a side. */
function bladeAt(
  side: Blade["side"],
  normal: readonly [number, number],
  depth: number,
  width: number,
  height: number,
): Blade {
  const x = side === "left" ? depth : side === "right" ? width - 1 - depth : (width - 1) / 2;
  const y = side === "top" ? depth : side === "bottom" ? height - 1 - depth : (height - 1) / 2;
  return { side, normal, offset: normal[0] * x + normal[1] * y };
}

/**
 * The weakest contrast across all but a third of the line's live points, same sign everywhere; 0 when there is no
 * edge, or none that is better than `toBeat`.
 */
function edgeScore(plane: Plane, live: Uint8Array, blade: Blade, step: number, toBeat: number): number {
  const { data, width, height } = plane;
  const [nx, ny] = blade.normal;
  const reachPx = 2 * step;
  const length = width + height;
  const jumps = new Float64Array(Math.ceil(length / step) + 1);
  let [count, risingPoints, fallingPoints] = [0, 0, 0];
  for (let t = -length / 2; t < length / 2; t += step) {
    const x = nx * (blade.offset - nx * (width / 2) - ny * (height / 2)) + width / 2 - ny * t;
    const y = ny * (blade.offset - nx * (width / 2) - ny * (height / 2)) + height / 2 + nx * t;
    const inside = pixelAt(x + nx * reachPx, y + ny * reachPx, width, height);
    const outside = pixelAt(x - nx * reachPx, y - ny * reachPx, width, height);
    if (inside < 0 || outside < 0 || !live[inside] || !live[outside]) continue;
    const jump = data[inside]! - data[outside]!;
    if (jump > toBeat) risingPoints++;
    if (-jump > toBeat) fallingPoints++;
    jumps[count++] = jump;
  }
  const third = Math.floor(count / 3);
  // Without two thirds beyond what is to be beaten there is nothing to sort for.
  if (count < 24 || Math.max(risingPoints, fallingPoints) < count - third) return 0;
  const sorted = jumps.subarray(0, count).sort();
  return Math.max(sorted[third]!, -sorted[count - 1 - third]!);
}

function pixelAt(x: number, y: number, width: number, height: number): number {
  const [i, j] = [Math.round(x), Math.round(y)];
  return i < 0 || j < 0 || i >= width || j >= height ? -1 : j * width + i;
}

/** A blade's shadow is even and at the dark (or, inverted, bright) end of all values; other blades may lie there too. */
function shadowIsFlat(plane: Plane, live: Uint8Array, blade: Blade, step: number): boolean {
  const { data, width, height } = plane;
  const [shadow, rest]: [number[], number[]] = [[], []];
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const p = y * width + x;
      if (!live[p]) continue;
      const d = blade.normal[0] * x + blade.normal[1] * y - blade.offset;
      if (d < -2 * step) shadow.push(data[p]!);
      else if (d > 2 * step) rest.push(data[p]!);
    }
  }
  if (shadow.length < 12 || rest.length < 100) return false;
  shadow.sort((a, b) => a - b);
  rest.sort((a, b) => a - b);
  const at = (sorted: number[], q: number): number => sorted[Math.floor(q * (sorted.length - 1))]!;
  const middle = at(shadow, 0.5);
  const range = at(rest, 0.98) - at(rest, 0.02);
  const flat = at(shadow, 0.9) - at(shadow, 0.1) < 0.2 * range;
  return flat && (middle < at(rest, 0.02) + 0.1 * range || middle > at(rest, 0.98) - 0.1 * range);
}

function shade(blade: Blade, live: Uint8Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (blade.normal[0] * x + blade.normal[1] * y < blade.offset) live[y * width + x] = 0;
    }
  }
}
