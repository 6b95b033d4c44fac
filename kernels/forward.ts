import * as view from "../src/projector/viewLayout";
import * as group from "./group";
import {
  SEGMENT,
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

let sum: v128 = f32x4.splat(0);

/** Adds the samples of planes from..to, all of which the four rays cross inside the padding. */
function addPlanes(block: usize, from: i32, to: i32): void {
  const indexLanes = v128.load(block, view.INDEX_LANES);
  const flip = v128.load(block, view.FLIP_LANES);
  const round = v128.load(block, view.ROUND_LANES);
  const strideA = load<u32>(block, view.STRIDE_A);
  const stepB = constant(fixed(group.slopeB), 16);
  const stepC = constant(fixed(group.slopeC), 32);
  let base = load<u32>(block, view.BASE) + from * strideA;
  let total = sum;
  for (let first = from; first <= to; first += SEGMENT) {
    const last = min(first + SEGMENT - 1, to);
    let b = fixed(positionB(first));
    let c = fixed(positionC(first));
    for (let k = first; k <= last; k++) {
      const index = voxelIndex(b, c, indexLanes);
      const index01 = reinterpret<u64>(f64x2.extract_lane(index, 0));
      const index23 = i64x2.extract_lane(index, 1);
      const cells01 = cells(base + (<u32>index01 << 2), base + (<u32>(index01 >>> 32) << 2));
      const cells23 = cells(base + (<u32>index23 << 2), base + (<u32>(index23 >>> 32) << 2));
      const pairs = alongC(cells01, cells23, weights(c, flip), round);
      total = f32x4.add(total, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(pairs, weights(b, flip))));
      b = i32x4.add(b, stepB);
      c = i32x4.add(c, stepC);
      base += strideA;
    }
  }
  sum = total;
}

/** The same for planes at which a ray may lie beyond the padding: positions are clamped one by one. */
function addPlanesClamped(block: usize, from: i32, to: i32): void {
  const indexLanes = v128.load(block, view.INDEX_LANES);
  const flip = v128.load(block, view.FLIP_LANES);
  const round = v128.load(block, view.ROUND_LANES);
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
    const pairs = alongC(cells01, cells23, weights(c, flip), round);
    sum = f32x4.add(sum, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(pairs, weights(b, flip))));
    base += strideA;
  }
}

/** Sums of samples of four pixels over runs of planes [first, last] (`count` pairs of integers). */
export function sumRuns(block: usize, runs: usize, count: i32, inside: bool): v128 {
  sum = f32x4.splat(0);
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
  return f32x4.mul(sum, v128.load32_splat(block, view.SCALE));
}
