import { sizeOf, stridesOf } from "../shape.ts";
import type { ConvGeometry } from "./convGeometry.ts";

/** Flat spatial offsets of every product in a convolution: y[k.y] += x[k.x] w[k.w]. */
interface Taps {
  readonly x: number[];
  readonly w: number[];
  readonly y: number[];
}

/** Lists already made: a graph is interpreted many times, and its geometries never change. */
const knownTaps = new WeakMap<ConvGeometry, Taps>();

function tapsOf(geometry: ConvGeometry): Taps {
  const taps = knownTaps.get(geometry) ?? listTaps(geometry);
  knownTaps.set(geometry, taps);
  return taps;
}

/** Lists the products axis by axis; positions that fall in the padding are left out. */
function listTaps({ xShape, wShape, yShape, stride, dilation, before }: ConvGeometry): Taps {
  const [xStride, wStride, yStride] = [xShape, wShape, yShape].map((shape) => stridesOf(shape).slice(2));
  let taps: Taps = { x: [0], w: [0], y: [0] };
  stride.forEach((step, axis) => {
    const next: Taps = { x: [], w: [], y: [] };
    taps.x.forEach((x0, i) => {
      for (let o = 0; o < yShape[axis + 2]!; o++) {
        for (let k = 0; k < wShape[axis + 2]!; k++) {
          const at = o * step + k * dilation[axis]! - before[axis]!;
          if (at < 0 || at >= xShape[axis + 2]!) continue;
          next.x.push(x0 + at * xStride![axis]!);
          next.w.push(taps.w[i]! + k * wStride![axis]!);
          next.y.push(taps.y[i]! + o * yStride![axis]!);
        }
      }
    });
    taps = next;
  });
  return taps;
}

/**
 * Visits every product of a convolution once, in double precision. The convolution and both its
 * adjoints are this one loop with another target, so they are adjoint by construction.
 */
export function accumulateConv(
  geometry: ConvGeometry,
  target: "x" | "w" | "y",
  arrays: { x: Float64Array; w: Float64Array; y: Float64Array },
): Float64Array {
  const { xShape, wShape, yShape, groups } = geometry;
  const taps = tapsOf(geometry);
  const [xSize, wSize, ySize] = [xShape, wShape, yShape].map((shape) => sizeOf(shape.slice(2)));
  const [batch = 1, channels = 1] = xShape;
  const [filters = 1, inside = 1] = wShape;
  const out = arrays[target];
  const [left, right] = (["x", "w", "y"] as const)
    .filter((name) => name !== target)
    .map((name) => arrays[name]);
  const perGroup = filters / groups;
  for (let n = 0; n < batch; n++) {
    for (let f = 0; f < filters; f++) {
      const firstChannel = Math.floor(f / perGroup) * inside;
      for (let c = 0; c < inside; c++) {
        const base = {
          x: (n * channels + firstChannel + c) * xSize!,
          w: (f * inside + c) * wSize!,
          y: (n * filters + f) * ySize!,
        };
        addProducts(out, left!, right!, taps, base, target);
      }
    }
  }
  return out;
}

function addProducts(
  out: Float64Array,
  left: Float64Array,
  right: Float64Array,
  taps: Taps,
  base: Record<"x" | "w" | "y", number>,
  target: "x" | "w" | "y",
): void {
  const [a, b] = (["x", "w", "y"] as const).filter((name) => name !== target);
  const [atOut, atLeft, atRight] = [taps[target], taps[a!], taps[b!]];
  const [outBase, leftBase, rightBase] = [base[target], base[a!], base[b!]];
  for (let i = 0; i < atOut.length; i++) {
    out[outBase + atOut[i]!]! += left[leftBase + atLeft[i]!]! * right[rightBase + atRight[i]!]!;
  }
}
