import * as group from "./group";

/**
 * Bilinear samples of four rays in one plane, in integers.
 *
 * A voxel is 32 bits: its own 15-bit value below, its neighbour's along c above. One 64-bit load so brings all
 * four corners of a cell, and pairwise multiply-adds (dot) interpolate first along c, then along b. Positions
 * are 16.16 fixed-point numbers; the weights are their upper 15 fraction bits.
 */

/** Fixed-point steps are exact to 2^-17 voxel, so positions are set anew from floats after so many planes. */
export const SEGMENT: i32 = 32;

// @ts-ignore: decorator
@inline
export function fixed(x: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, f32x4.splat(65536))));
}

/** Passes a value through this thread's memory: the compiler would compute it again at every plane otherwise. */
// @ts-ignore: decorator
@inline
export function constant(value: v128, slot: usize): v128 {
  v128.store(group.scratchAddress + slot, value);
  return v128.load(group.scratchAddress + slot);
}

/** Positions of the group's rays at a plane, as floats. */
// @ts-ignore: decorator
@inline
export function positionB(plane: i32): v128 {
  return f32x4.add(group.startB, f32x4.mul(f32x4.splat(<f32>(plane - group.middle)), group.slopeB));
}

// @ts-ignore: decorator
@inline
export function positionC(plane: i32): v128 {
  return f32x4.add(group.startC, f32x4.mul(f32x4.splat(<f32>(plane - group.middle)), group.slopeC));
}

/** Keeps positions where two zero voxels are read on either side of the grid (`size` voxels). */
// @ts-ignore: decorator
@inline
export function clampPosition(x: v128, size: i32): v128 {
  return f32x4.min(f32x4.max(x, f32x4.splat(0.5)), f32x4.splat(<f32>size + 2.5));
}

/** Voxel numbers in the plane, from integer parts of b and c. */
// @ts-ignore: decorator
@inline
export function voxelIndex(b: v128, c: v128, indexLanes: v128): v128 {
  const parts = i16x8.shuffle(i32x4.shr_u(b, 16), c, 0, 9, 2, 11, 4, 13, 6, 15);
  return i32x4.dot_i16x8_s(parts, indexLanes);
}

/** Weights (1 - f, f) as pairs of 15-bit integers. */
// @ts-ignore: decorator
@inline
export function weights(position: v128, flip: v128): v128 {
  const fraction = i16x8.shuffle(position, position, 0, 0, 2, 2, 4, 4, 6, 6);
  return v128.xor(i16x8.shr_u(fraction, 1), flip);
}

/** The cells of two rays: four corners each. */
// @ts-ignore: decorator
@inline
export function cells(first: usize, second: usize): v128 {
  return v128.load_lane<u64>(second, v128.load64_zero(first), 1);
}

/** Interpolated along c: pairs of neighbours along b, for four rays. */
// @ts-ignore: decorator
@inline
export function alongC(cells01: v128, cells23: v128, weightsC: v128, round: v128): v128 {
  const low = i32x4.dot_i16x8_s(cells01, i32x4.shuffle(weightsC, weightsC, 0, 0, 1, 1));
  const high = i32x4.dot_i16x8_s(cells23, i32x4.shuffle(weightsC, weightsC, 2, 2, 3, 3));
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, round), 15), i32x4.shr_s(i32x4.add(high, round), 15));
}

/** Differences along c: pairs of neighbours along b, for four rays. */
// @ts-ignore: decorator
@inline
export function acrossC(cells01: v128, cells23: v128, difference: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.dot_i16x8_s(cells01, difference),
    i32x4.dot_i16x8_s(cells23, difference),
  );
}
