import * as view from "../src/projector/viewLayout";
import * as group from "./group";

let sum: v128 = f32x4.splat(0);

/** Two neighbours along b for each of two rays. */
// @ts-ignore: decorator
@inline
export function pair(first: usize, second: usize): v128 {
  return v128.load_lane<u64>(second, v128.load64_zero(first), 1);
}

/** Adds the samples of planes from..to; `clamped` where a ray may read beyond the padding. */
// @ts-ignore: decorator
@inline
function addPlanes(block: usize, from: i32, to: i32, clamped: bool): void {
  if (from > to) return;
  const start = f32x4.splat(<f32>(from - group.middle));
  const slopeB = group.slopeB;
  const slopeC = group.slopeC;
  let b = f32x4.add(group.startB, f32x4.mul(start, slopeB));
  let c = f32x4.add(group.startC, f32x4.mul(start, slopeC));
  let total = sum;
  const magic = v128.load(block, view.MAGIC_LANES);
  const strideA = v128.load(block, view.STRIDE_A_LANES);
  const strideC = v128.load(block, view.STRIDE_C_LANES);
  const rowBytes = load<u32>(block, view.STRIDE_C);
  const spill = group.spill;
  const limitB = f32x4.splat(<f32>load<i32>(block, view.SIZE_B) + 2.5);
  const limitC = f32x4.splat(<f32>load<i32>(block, view.SIZE_C) + 2.5);
  // The exponent of the magic number is carried through the index arithmetic and taken off here.
  const exponent = <u32>reinterpret<i32>(<f32>8388608);
  let base = i32x4.splat(
    load<u32>(block, view.BASE) + from * load<u32>(block, view.STRIDE_A) - (exponent << 2) - exponent * rowBytes,
  );
  for (let k = from; k <= to; k++) {
    let x = b;
    let y = c;
    if (clamped) {
      x = f32x4.min(f32x4.max(x, f32x4.splat(0.5)), limitB);
      y = f32x4.min(f32x4.max(y, f32x4.splat(0.5)), limitC);
    }
    const floorB = f32x4.floor(x);
    const floorC = f32x4.floor(y);
    const at = i32x4.add(
      i32x4.add(i32x4.shl(f32x4.add(floorB, magic), 2), base),
      i32x4.mul(f32x4.add(floorC, magic), strideC),
    );
    v128.store(spill, at);
    const a0 = <usize>load<u32>(spill);
    const a1 = <usize>load<u32>(spill, 4);
    const a2 = <usize>load<u32>(spill, 8);
    const a3 = <usize>load<u32>(spill, 12);
    const near01 = pair(a0, a1);
    const near23 = pair(a2, a3);
    const far01 = pair(a0 + rowBytes, a1 + rowBytes);
    const far23 = pair(a2 + rowBytes, a3 + rowBytes);
    const fractionB = f32x4.sub(x, floorB);
    const fractionC = f32x4.sub(y, floorC);
    const near0 = i32x4.shuffle(near01, near23, 0, 2, 4, 6);
    const near1 = i32x4.shuffle(near01, near23, 1, 3, 5, 7);
    const far0 = i32x4.shuffle(far01, far23, 0, 2, 4, 6);
    const far1 = i32x4.shuffle(far01, far23, 1, 3, 5, 7);
    const near = f32x4.add(near0, f32x4.mul(fractionB, f32x4.sub(near1, near0)));
    const far = f32x4.add(far0, f32x4.mul(fractionB, f32x4.sub(far1, far0)));
    total = f32x4.add(total, f32x4.add(near, f32x4.mul(fractionC, f32x4.sub(far, near))));
    b = f32x4.add(b, slopeB);
    c = f32x4.add(c, slopeC);
    base = i32x4.add(base, strideA);
  }
  sum = total;
}

/** Line integrals of four pixels, before weighting, over runs of planes [first, last] (`count` pairs of integers). */
export function sumRuns(block: usize, runs: usize, count: i32, inside: bool): v128 {
  sum = f32x4.splat(0);
  if (!inside) group.findInside(block);
  for (let i = 0; i < count; i++) {
    let first = load<i32>(runs + (i << 3));
    let last = load<i32>(runs + (i << 3), 4);
    if (inside) {
      addPlanes(block, first, last, false);
      continue;
    }
    first = max(first, group.anyFirst);
    last = min(last, group.anyLast);
    const from = max(first, group.allFirst);
    const to = min(last, group.allLast);
    if (from > to) {
      addPlanes(block, first, last, true);
      continue;
    }
    addPlanes(block, first, from - 1, true);
    addPlanes(block, from, to, false);
    addPlanes(block, to + 1, last, true);
  }
  return sum;
}
