import * as view from "../src/projector/viewLayout";
import * as group from "./group";
import {
  SEGMENT,
  acrossC,
  alongC,
  cells,
  clampPosition,
  constant,
  fixed,
  positionB,
  positionC,
  voxelIndex,
  weights,
} from "./sample";

/** sum V, sum dV/db, sum dV/dc, and the last two weighted by plane offset from `middle`. */
export let sum: v128 = f32x4.splat(0);
export let sumB: v128 = f32x4.splat(0);
export let sumC: v128 = f32x4.splat(0);
export let momentB: v128 = f32x4.splat(0);
export let momentC: v128 = f32x4.splat(0);

/**
 * Adds the samples and derivatives of planes from..to, crossed inside the padding. Within a segment of n planes,
 * a sum of running sums P = sum (n - j) x_j gives the moment without a multiplication: sum j x_j = n S - P.
 */
function addPlanes(block: usize, from: i32, to: i32): void {
  const indexLanes = v128.load(block, view.INDEX_LANES);
  const flip = v128.load(block, view.FLIP_LANES);
  const round = v128.load(block, view.ROUND_LANES);
  const difference = v128.load(block, view.DIFFERENCE_LANES);
  const strideA = load<u32>(block, view.STRIDE_A);
  const stepB = constant(fixed(group.slopeB), 16);
  const stepC = constant(fixed(group.slopeC), 32);
  let base = load<u32>(block, view.BASE) + from * strideA;
  let total = sum;
  for (let first = from; first <= to; first += SEGMENT) {
    const end = min(first + SEGMENT, to + 1);
    let b = fixed(positionB(first));
    let c = fixed(positionC(first));
    let segmentB = i32x4.splat(0);
    let runningB = i32x4.splat(0);
    let segmentC = f32x4.splat(0);
    let runningC = f32x4.splat(0);
    for (let k = first; k < end; k++) {
      const index = voxelIndex(b, c, indexLanes);
      const index01 = reinterpret<u64>(f64x2.extract_lane(index, 0));
      const index23 = i64x2.extract_lane(index, 1);
      const cells01 = cells(base + (<u32>index01 << 2), base + (<u32>(index01 >>> 32) << 2));
      const cells23 = cells(base + (<u32>index23 << 2), base + (<u32>(index23 >>> 32) << 2));
      const weightsB = weights(b, flip);
      const pairs = alongC(cells01, cells23, weights(c, flip), round);
      const rises = acrossC(cells01, cells23, difference);
      total = f32x4.add(total, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(pairs, weightsB)));
      segmentB = i32x4.add(segmentB, i32x4.dot_i16x8_s(pairs, difference));
      segmentC = f32x4.add(segmentC, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(rises, weightsB)));
      runningB = i32x4.add(runningB, segmentB);
      runningC = f32x4.add(runningC, segmentC);
      b = i32x4.add(b, stepB);
      c = i32x4.add(c, stepC);
      base += strideA;
    }
    const arm = f32x4.splat(<f32>(end - group.middle));
    const totalB = f32x4.convert_i32x4_s(segmentB);
    sumB = f32x4.add(sumB, totalB);
    sumC = f32x4.add(sumC, segmentC);
    momentB = f32x4.add(momentB, f32x4.sub(f32x4.mul(arm, totalB), f32x4.convert_i32x4_s(runningB)));
    momentC = f32x4.add(momentC, f32x4.sub(f32x4.mul(arm, segmentC), runningC));
  }
  sum = total;
}

/** The same for planes at which a ray may lie beyond the padding. */
function addPlanesClamped(block: usize, from: i32, to: i32): void {
  const indexLanes = v128.load(block, view.INDEX_LANES);
  const flip = v128.load(block, view.FLIP_LANES);
  const round = v128.load(block, view.ROUND_LANES);
  const difference = v128.load(block, view.DIFFERENCE_LANES);
  const sizeB = load<i32>(block, view.SIZE_B);
  const sizeC = load<i32>(block, view.SIZE_C);
  const strideA = load<u32>(block, view.STRIDE_A);
  let base = load<u32>(block, view.BASE) + from * strideA;
  for (let k = from; k <= to; k++) {
    const b = fixed(clampPosition(positionB(k), sizeB));
    const c = fixed(clampPosition(positionC(k), sizeC));
    const index = voxelIndex(b, c, indexLanes);
    const index01 = reinterpret<u64>(f64x2.extract_lane(index, 0));
    const index23 = i64x2.extract_lane(index, 1);
    const cells01 = cells(base + (<u32>index01 << 2), base + (<u32>(index01 >>> 32) << 2));
    const cells23 = cells(base + (<u32>index23 << 2), base + (<u32>(index23 >>> 32) << 2));
    const weightsB = weights(b, flip);
    const pairs = alongC(cells01, cells23, weights(c, flip), round);
    const byB = f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(pairs, difference));
    const rises = acrossC(cells01, cells23, difference);
    const byC = f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(rises, weightsB));
    const arm = f32x4.splat(<f32>(k - group.middle));
    sum = f32x4.add(sum, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(pairs, weightsB)));
    sumB = f32x4.add(sumB, byB);
    sumC = f32x4.add(sumC, byC);
    momentB = f32x4.add(momentB, f32x4.mul(arm, byB));
    momentC = f32x4.add(momentC, f32x4.mul(arm, byC));
    base += strideA;
  }
}

/** As sumRuns of the image alone, with the sums of derivatives in this module's globals. */
export function sumRunsWithDerivatives(block: usize, runs: usize, count: i32, inside: bool): void {
  sum = sumB = sumC = momentB = momentC = f32x4.splat(0);
  if (!inside) group.findInside(block);
  for (let i = 0; i < count; i++) {
    let first = load<i32>(runs + (i << 3));
    let last = load<i32>(runs + (i << 3), 4);
    if (inside) {
      addPlanes(block, first, last);
      continue;
    }
    first = max(first, group.anyFirst);
    last = min(last, group.anyLast);
    const from = max(first, group.allFirst);
    const to = min(last, group.allLast);
    if (from > to) {
      addPlanesClamped(block, first, last);
      continue;
    }
    addPlanesClamped(block, first, from - 1);
    addPlanes(block, from, to);
    addPlanesClamped(block, to + 1, last);
  }
  scaleSums(load<f32>(block, view.SCALE));
}

/** Weights along one axis add up to 32767 / 32768, and derivatives along an axis lack its weights. */
// @ts-ignore: decorator
@inline
function scaleSums(scale: f32): void {
  const scaleB = f32x4.splat(scale * 32767);
  const scaleC = f32x4.splat(scale * (32767 / 32768));
  sum = f32x4.mul(sum, f32x4.splat(scale));
  sumB = f32x4.mul(sumB, scaleB);
  momentB = f32x4.mul(momentB, scaleB);
  sumC = f32x4.mul(sumC, scaleC);
  momentC = f32x4.mul(momentC, scaleC);
}

/** Writes the six twist derivatives of four pixels from the five sums; see reference.ts for the formulas. */
export function writeDerivatives(block: usize, pixel: usize, weight: v128, rx: v128, ry: v128, count: i32): void {
  const slopeB = group.slopeB;
  const slopeC = group.slopeC;
  const inverseAlong = f32x4.div(f32x4.splat(1), group.along);
  // Moments were taken about `middle`; they belong about the source.
  const arm = f32x4.splat(<f32>(<f64>group.middle - load<f64>(block, view.SOURCE)));
  const sourceB = f32x4.mul(weight, sumB);
  const sourceC = f32x4.mul(weight, sumC);
  const sourceA = f32x4.neg(f32x4.add(f32x4.mul(sourceB, slopeB), f32x4.mul(sourceC, slopeC)));
  const turn = f32x4.mul(weight, inverseAlong);
  const directionB = f32x4.mul(turn, f32x4.add(momentB, f32x4.mul(arm, sumB)));
  const directionC = f32x4.mul(turn, f32x4.add(momentC, f32x4.mul(arm, sumC)));
  const directionA = f32x4.neg(
    f32x4.add(
      f32x4.mul(turn, sum),
      f32x4.add(f32x4.mul(directionB, slopeB), f32x4.mul(directionC, slopeC)),
    ),
  );
  const hx = pull(block, 0, directionA, directionB, directionC);
  const hy = pull(block, 4, directionA, directionB, directionC);
  const hz = pull(block, 8, directionA, directionB, directionC);
  const plane = (<usize>(load<i32>(block, view.WIDTH) * load<i32>(block, view.HEIGHT))) << 2;
  const out = <usize>load<u32>(block, view.JACOBIAN) + pixel;
  put(out, f32x4.sub(hy, f32x4.mul(hz, ry)), count);
  put(out + plane, f32x4.sub(f32x4.mul(hz, rx), hx), count);
  put(out + 2 * plane, f32x4.sub(f32x4.mul(hx, ry), f32x4.mul(hy, rx)), count);
  put(out + 3 * plane, f32x4.neg(pull(block, 0, sourceA, sourceB, sourceC)), count);
  put(out + 4 * plane, f32x4.neg(pull(block, 4, sourceA, sourceB, sourceC)), count);
  put(out + 5 * plane, f32x4.neg(pull(block, 8, sourceA, sourceB, sourceC)), count);
}

/** One row of linear^T g. */
// @ts-ignore: decorator
@inline
function pull(block: usize, column: usize, a: v128, b: v128, c: v128): v128 {
  const at = block + column;
  const la = v128.load32_splat(at, view.LINEAR);
  const lb = v128.load32_splat(at, view.LINEAR + 12);
  const lc = v128.load32_splat(at, view.LINEAR + 24);
  return f32x4.add(f32x4.mul(la, a), f32x4.add(f32x4.mul(lb, b), f32x4.mul(lc, c)));
}

/** Stores the first `count` lanes. */
// @ts-ignore: decorator
@inline
export function put(at: usize, value: v128, count: i32): void {
  if (count == 4) {
    v128.store(at, value);
    return;
  }
  v128.store_lane<u32>(at, value, 0);
  if (count > 1) v128.store_lane<u32>(at, value, 1, 4);
  if (count > 2) v128.store_lane<u32>(at, value, 2, 8);
}
