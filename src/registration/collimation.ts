import { binImage } from "../image/pyramid.ts";
import { type Blade, type LivePlane, bladeOnImage, findBlade, shade } from "./blade.ts";
import { removeConstantBorder } from "./constantBorder.ts";
import { type Iris, closeIris, findIris, irisOnImage } from "./iris.ts";

/** Straight and round edges of a collimator (pixels). */
export interface CollimatorEdges {
  readonly blades: readonly Blade[];
  readonly iris?: Iris;
}

/** Which part of an X-ray carries anatomy, and what hides the rest. */
export interface Collimation extends CollimatorEdges {
  /** 1 where the image is live, 0 where it is dead; width x height. */
  readonly live: Uint8Array;
  /** Fraction of pixels that are dead. */
  readonly deadFraction: number;
}

/** Edges are looked for on means over blocks of pixels that leave at least as many on the longer side. */
const workingSize = 256;

/** How many pixels of an X-ray are one pixel of the image that edges are looked for on. */
export function collimationFactor(width: number, height: number): number {
  return Math.max(1, Math.floor(Math.max(width, height) / workingSize));
}

/**
 * Finds the part of an X-ray that carries no anatomy: constant regions that touch the border (image
 * intensifier corners, padding), the shadow of straight collimator blades and of a round iris. Works on pixel values of
 * either polarity, normalised to [0, 1]; see `prepareXray`. Nothing about the patient is assumed.
 */
export function findCollimation(data: Float32Array, width: number, height: number): Collimation {
  const live = new Uint8Array(width * height).fill(1);
  removeConstantBorder(data, width, height, live);
  const factor = collimationFactor(width, height);
  const plane = factor === 1 ? { data, live: live.slice(), width, height } : coarse();
  const edges = edgesOnImage(findEdges(plane), factor);
  if (edges.iris) closeIris(edges.iris, live, width, height);
  for (const blade of edges.blades) shade(blade, live, width, height);
  const count = live.reduce((sum, value) => sum + value, 0);
  return { live, ...edges, deadFraction: 1 - count / (width * height) };

  function coarse(): LivePlane {
    const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
    const alive = binImage(Float32Array.from(live), width, height, factor);
    return {
      data: binImage(data, width, height, factor),
      live: Uint8Array.from(alive, (share) => (share > 0.999 ? 1 : 0)),
      ...{ width: w, height: h },
    };
  }
}

/** Edges on an image, found on one whose pixels are `factor` times as large. */
export function edgesOnImage({ blades, iris }: CollimatorEdges, factor: number): CollimatorEdges {
  return {
    blades: blades.map((blade) => bladeOnImage(blade, factor)),
    ...(iris && { iris: irisOnImage(iris, factor) }),
  };
}

/** The iris, or blades; `plane.live` is used up. */
function findEdges(plane: LivePlane): CollimatorEdges {
  const { data, live, width, height } = plane;
  const iris = live.includes(0) ? undefined : findIrisOfEitherScale(data, width, height);
  if (iris) closeIris(iris, live, width, height);
  const blades: Blade[] = [];
  // A blade takes its shadow out of the way of those looked for before it.
  for (let round = 0; round === 0 || (round < 2 && blades.length > 0); round++) {
    for (const side of ["left", "right", "top", "bottom"] as const) {
      if (blades.some((blade) => blade.side === side)) continue;
      const blade = findBlade(plane, side);
      if (!blade) continue;
      blades.push(blade);
      shade(blade, live, width, height);
    }
  }
  return { blades, ...(iris && { iris }) };
}

/** The rim of a dark shadow shows best in logarithms, that of a bright one as it is. */
function findIrisOfEitherScale(data: Float32Array, width: number, height: number): Iris | undefined {
  const floor = 0.005;
  const logs = data.map((v) => 1 - Math.log(Math.max(floor, v)) / Math.log(floor));
  return findIris(logs, width, height) ?? findIris(data, width, height);
}
