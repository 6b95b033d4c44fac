/** A straight blade edge: points with normal . (x, y) < offset lie in its shadow (pixels). */
export interface Blade {
  readonly side: "left" | "right" | "top" | "bottom";
  readonly normal: readonly [number, number];
  readonly offset: number;
}

/** An image normalised to [0, 1] and which of its pixels are live. */
export interface LivePlane {
  readonly data: Float32Array;
  readonly live: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const inwardNormals = { left: [1, 0], right: [-1, 0], top: [0, 1], bottom: [0, -1] } as const;
const tiltsDeg = [-20, -15, -10, -5, -2.5, 0, 2.5, 5, 10, 15, 20];
const reach = 0.4;
/** Contrast of the faintest edge, of the image's range. */
const leastContrast = 0.04;

/** The edge on one side whose contrast is greatest, where what lies behind it looks like a shadow. */
export function findBlade(plane: LivePlane, side: Blade["side"]): Blade | undefined {
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
      const score = edgeScore(plane, blade, step, best?.score ?? leastContrast);
      if (score > 0) best = { blade, score };
    }
  }
  return best && shadowIsFlat(plane, best.blade, step) ? best.blade : undefined;
}

/**
 * The edge on an image, found on one whose pixels are `factor` times as large: pixel i of that has its centre at
 * factor i + (factor - 1) / 2.
 */
export function bladeOnImage({ side, normal, offset }: Blade, factor: number): Blade {
  const shift = ((factor - 1) / 2) * (normal[0] + normal[1]);
  return { side, normal, offset: factor * offset + shift };
}

/** Marks a blade's shadow as dead. */
export function shade(blade: Blade, live: Uint8Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (blade.normal[0] * x + blade.normal[1] * y < blade.offset) live[y * width + x] = 0;
    }
  }
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
function edgeScore(plane: LivePlane, blade: Blade, step: number, toBeat: number): number {
  const { data, live, width, height } = plane;
  const [nx, ny] = blade.normal;
  const [aheadX, aheadY] = [nx * 2 * step, ny * 2 * step];
  const fromMiddle = blade.offset - nx * (width / 2) - ny * (height / 2);
  const [middleX, middleY] = [nx * fromMiddle + width / 2, ny * fromMiddle + height / 2];
  const half = (width + height) / 2;
  const points = Math.ceil((2 * half) / step);
  const { first, end } = pointsInside(
    Math.abs(nx) > Math.abs(ny)
      ? { middle: middleY, slope: nx, extent: height }
      : { middle: middleX, slope: -ny, extent: width },
  );
  const jumps = new Float64Array(Math.max(0, end - first));
  let [count, rising, falling] = [0, 0, 0];
  for (let i = first; i < end; i++) {
    const t = i * step - half;
    const [x, y] = [middleX - ny * t, middleY + nx * t];
    const inside = pixelAt(x + aheadX, y + aheadY, width, height);
    const outside = pixelAt(x - aheadX, y - aheadY, width, height);
    if (inside < 0 || outside < 0 || live[inside] === 0 || live[outside] === 0) continue;
    const jump = data[inside]! - data[outside]!;
    if (jump > toBeat) rising++;
    if (-jump > toBeat) falling++;
    jumps[count++] = jump;
    // Two thirds are out of reach even if all that is to come were beyond what is to be beaten.
    if (end - 1 - i < 2 * count - 3 * Math.max(rising, falling)) return 0;
  }
  const third = Math.floor(count / 3);
  if (count < 24 || Math.max(rising, falling) < count - third) return 0;
  const sorted = jumps.subarray(0, count).sort();
  return Math.max(sorted[third]!, -sorted[count - 1 - third]!);

  /** The points of the line that may lie in the image, by the axis along which it runs. */
  function pointsInside(axis: { middle: number; slope: number; extent: number }): {
    first: number;
    end: number;
  } {
    const beyond = 2 * step + 1;
    const ends = [-beyond, axis.extent + beyond].map((at) => (at - axis.middle) / axis.slope);
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    return {
      first: Math.max(0, Math.floor((from + half) / step)),
      end: Math.min(points, Math.ceil((to + half) / step) + 1),
    };
  }
}

function pixelAt(x: number, y: number, width: number, height: number): number {
  const i = Math.round(x);
  const j = Math.round(y);
  return i < 0 || j < 0 || i >= width || j >= height ? -1 : j * width + i;
}

/** A blade's shadow is even and at the dark (or, inverted, bright) end of all values; other blades may lie there too. */
function shadowIsFlat(plane: LivePlane, blade: Blade, step: number): boolean {
  const { data, live, width, height } = plane;
  const values = new Float32Array(Math.ceil(width / 2) * Math.ceil(height / 2));
  // Those of the shadow from the front, of the rest from the back.
  let [front, back] = [0, values.length];
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const p = y * width + x;
      if (!live[p]) continue;
      const d = blade.normal[0] * x + blade.normal[1] * y - blade.offset;
      if (d < -2 * step) values[front++] = data[p]!;
      else if (d > 2 * step) values[--back] = data[p]!;
    }
  }
  const shadow = values.subarray(0, front).sort();
  const rest = values.subarray(back).sort();
  if (shadow.length < 12 || rest.length < 100) return false;
  const at = (sorted: Float32Array, q: number): number => sorted[Math.floor(q * (sorted.length - 1))]!;
  const middle = at(shadow, 0.5);
  const range = at(rest, 0.98) - at(rest, 0.02);
  const flat = at(shadow, 0.9) - at(shadow, 0.1) < 0.2 * range;
  return flat && (middle < at(rest, 0.02) + 0.1 * range || middle > at(rest, 0.98) - 0.1 * range);
}
