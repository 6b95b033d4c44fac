import * as view from "../src/projector/viewLayout";

/**
 * Four rays at once, one a lane. State lives in globals because functions here return one value only;
 * each thread has its own instance and so its own globals.
 */

/** In-plane movement per plane. */
export let slopeB: v128 = f32x4.splat(0);
export let slopeC: v128 = f32x4.splat(0);
/** Padded in-plane position at plane `middle`. */
export let startB: v128 = f32x4.splat(0);
export let startC: v128 = f32x4.splat(0);
/** Component a of the direction. */
export let along: v128 = f32x4.splat(0);
/** The plane that positions are counted from: half-way, so that rounding stays small. */
export let middle: i32 = 0;

/** Working memory of this thread. */
export let scratchAddress: usize = 0;

export function useScratch(scratch: usize): void {
  scratchAddress = scratch;
}

/** Aims the four rays at columns u (lanes 0, 1: `u01`; 2, 3: `u23`) and rows v, in double precision. */
// @ts-ignore: decorator
@inline
export function aim(block: usize, u01: v128, u23: v128, v01: v128, v23: v128): void {
  const depth = f64x2.splat(<f64>middle - load<f64>(block, view.SOURCE));
  const a01 = direction(block, 0, u01, v01);
  const a23 = direction(block, 0, u23, v23);
  const inverse01 = f64x2.div(f64x2.splat(1), a01);
  const inverse23 = f64x2.div(f64x2.splat(1), a23);
  along = narrow(a01, a23);
  const b01 = f64x2.mul(direction(block, 24, u01, v01), inverse01);
  const b23 = f64x2.mul(direction(block, 24, u23, v23), inverse23);
  const c01 = f64x2.mul(direction(block, 48, u01, v01), inverse01);
  const c23 = f64x2.mul(direction(block, 48, u23, v23), inverse23);
  slopeB = narrow(b01, b23);
  slopeC = narrow(c01, c23);
  const sourceB = f64x2.splat(load<f64>(block, view.SOURCE + 8) + <f64>view.PADDING);
  const sourceC = f64x2.splat(load<f64>(block, view.SOURCE + 16) + <f64>view.PADDING);
  startB = narrow(f64x2.add(sourceB, f64x2.mul(depth, b01)), f64x2.add(sourceB, f64x2.mul(depth, b23)));
  startC = narrow(f64x2.add(sourceC, f64x2.mul(depth, c01)), f64x2.add(sourceC, f64x2.mul(depth, c23)));
}

/** Four pixels of row v from column u; columns beyond the last repeat it. */
export function aimRow(block: usize, u: i32, v: i32): void {
  const end = f64x2.splat(<f64>(load<i32>(block, view.U1) - 1));
  const first = f64x2.splat(<f64>u);
  const row = f64x2.splat(<f64>v);
  aim(
    block,
    f64x2.pmin(end, f64x2.add(first, f64x2(0, 1))),
    f64x2.pmin(end, f64x2.add(first, f64x2(2, 3))),
    row,
    row,
  );
}

/** The four corner pixels of a tile (last column and row included). */
export function aimCorners(block: usize, u0: i32, v0: i32, u1: i32, v1: i32): void {
  middle = (load<i32>(block, view.FIRST_PLANE) + load<i32>(block, view.LAST_PLANE)) >> 1;
  const columns = f64x2.replace_lane(f64x2.splat(<f64>u0), 1, <f64>(u1 - 1));
  aim(block, columns, columns, f64x2.splat(<f64>v0), f64x2.splat(<f64>(v1 - 1)));
}

// @ts-ignore: decorator
@inline
function direction(block: usize, row: usize, u: v128, v: v128): v128 {
  const at = block + row;
  return f64x2.add(
    f64x2.add(
      f64x2.mul(v128.load64_splat(at, view.DIRECTION), u),
      f64x2.mul(v128.load64_splat(at, view.DIRECTION + 8), v),
    ),
    v128.load64_splat(at, view.DIRECTION + 16),
  );
}

// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

// @ts-ignore: decorator
@inline
export function lowest(x: v128): f32 {
  const y = f32x4.min(x, i32x4.shuffle(x, x, 2, 3, 2, 3));
  return min(f32x4.extract_lane(y, 0), f32x4.extract_lane(y, 1));
}

// @ts-ignore: decorator
@inline
export function highest(x: v128): f32 {
  const y = f32x4.max(x, i32x4.shuffle(x, x, 2, 3, 2, 3));
  return max(f32x4.extract_lane(y, 0), f32x4.extract_lane(y, 1));
}

/** Planes at which every lane reads inside the padding without clamping. */
export let allFirst: i32 = 0;
export let allLast: i32 = 0;
/** Planes outside of which no lane meets the grid. */
export let anyFirst: i32 = 0;
export let anyLast: i32 = 0;

/** Sets the four plane numbers above for the group's rays. */
// @ts-ignore: decorator
@inline
export function findInside(block: usize): void {
  // Positions in [1/8, size + 3 - 1/8] of a padded axis: the grid and one voxel around are well inside.
  const near = f32x4.splat(0.125);
  const farB = f32x4.splat(<f32>load<i32>(block, view.SIZE_B) + 2.875);
  const farC = f32x4.splat(<f32>load<i32>(block, view.SIZE_C) + 2.875);
  const inverseB = f32x4.div(f32x4.splat(1), awayFromZero(slopeB));
  const inverseC = f32x4.div(f32x4.splat(1), awayFromZero(slopeC));
  const b0 = f32x4.mul(f32x4.sub(near, startB), inverseB);
  const b1 = f32x4.mul(f32x4.sub(farB, startB), inverseB);
  const c0 = f32x4.mul(f32x4.sub(near, startC), inverseC);
  const c1 = f32x4.mul(f32x4.sub(farC, startC), inverseC);
  const enter = f32x4.max(f32x4.min(b0, b1), f32x4.min(c0, c1));
  const leave = f32x4.min(f32x4.max(b0, b1), f32x4.max(c0, c1));
  allFirst = planeAt(Mathf.ceil(highest(enter)));
  allLast = planeAt(Mathf.floor(lowest(leave)));
  anyFirst = planeAt(Mathf.floor(lowest(enter)));
  anyLast = planeAt(Mathf.ceil(highest(leave)));
}

// @ts-ignore: decorator
@inline
function planeAt(offset: f32): i32 {
  return middle + <i32>min(max(offset, -100000), 100000);
}

// @ts-ignore: decorator
@inline
function awayFromZero(x: v128): v128 {
  const tiny = f32x4.splat(1e-9);
  return v128.bitselect(tiny, x, f32x4.lt(f32x4.abs(x), tiny));
}
