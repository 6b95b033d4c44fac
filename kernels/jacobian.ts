import * as view from "../src/projector/viewLayout";
import { pair } from "./forward";
import * as group from "./group";

/** sum V, sum dV/db, sum dV/dc, and the last two weighted by plane offset from `middle`. */
export let sum: v128 = f32x4.splat(0);
export let sumB: v128 = f32x4.splat(0);
export let sumC: v128 = f32x4.splat(0);
export let momentB: v128 = f32x4.splat(0);
export let momentC: v128 = f32x4.splat(0);

// @ts-ignore: decorator
@inline
function addPlanes(block: usize, from: i32, to: i32, clamped: bool): void {
  if (from > to) return;
  let arm = f32x4.splat(<f32>(from - group.middle));
  const slopeB = group.slopeB;
  const slopeC = group.slopeC;
  let b = f32x4.add(group.startB, f32x4.mul(arm, slopeB));
  let c = f32x4.add(group.startC, f32x4.mul(arm, slopeC));
  let total = sum;
  let totalB = sumB;
  let totalC = sumC;
  let turnB = momentB;
  let turnC = momentC;
  const magic = v128.load(block, view.MAGIC_LANES);
  const strideA = v128.load(block, view.STRIDE_A_LANES);
  const strideC = v128.load(block, view.STRIDE_C_LANES);
  const one = v128.load(block, view.ONE_LANES);
  const rowBytes = load<u32>(block, view.STRIDE_C);
  const spill = group.spill;
  const limitB = f32x4.splat(<f32>load<i32>(block, view.SIZE_B) + 2.5);
  const limitC = f32x4.splat(<f32>load<i32>(block, view.SIZE_C) + 2.5);
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
    const riseNear = f32x4.sub(near1, near0);
    const riseFar = f32x4.sub(far1, far0);
    const near = f32x4.add(near0, f32x4.mul(fractionB, riseNear));
    const byC = f32x4.sub(f32x4.add(far0, f32x4.mul(fractionB, riseFar)), near);
    const byB = f32x4.add(riseNear, f32x4.mul(fractionC, f32x4.sub(riseFar, riseNear)));
    total = f32x4.add(total, f32x4.add(near, f32x4.mul(fractionC, byC)));
    totalB = f32x4.add(totalB, byB);
    totalC = f32x4.add(totalC, byC);
    turnB = f32x4.add(turnB, f32x4.mul(arm, byB));
    turnC = f32x4.add(turnC, f32x4.mul(arm, byC));
    arm = f32x4.add(arm, one);
    b = f32x4.add(b, slopeB);
    c = f32x4.add(c, slopeC);
    base = i32x4.add(base, strideA);
  }
  sum = total;
  sumB = totalB;
  sumC = totalC;
  momentB = turnB;
  momentC = turnC;
}

/** As sumRuns of the image alone, with the sums of derivatives in this module's globals. */
export function sumRunsWithDerivatives(block: usize, runs: usize, count: i32, inside: bool): void {
  sum = sumB = sumC = momentB = momentC = f32x4.splat(0);
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
