/**
 * The view block: all that the kernel needs to render one rectangle of one image, as byte offsets.
 * Compiled into the WebAssembly kernel as well, so both sides read the same numbers.
 * Axes are named by role: a = the axis whose planes are sampled, b = fastest in memory, c = the other one.
 */

// 64-bit floats.
/** Source in voxels (a, b, c). */
export const SOURCE = 0;
/** Rows a, b, c of voxelFromCamera's linear part. */
export const LINEAR = 24;
export const SLOPE_U = 96;
export const OFFSET_U = 104;
export const SLOPE_V = 112;
export const OFFSET_V = 120;

// 32-bit integers; strides and addresses in bytes.
/** Address of the padded corner of plane a = 0: two voxels below (0, 0) in b and c. */
export const BASE = 128;
export const STRIDE_A = 132;
export const STRIDE_C = 136;
export const SIZE_B = 140;
export const SIZE_C = 144;
/** Planes in front of the source and inside the grid, both included. */
export const FIRST_PLANE = 148;
export const LAST_PLANE = 152;
/** The rectangle [U0, U1) x [V0, V1). */
export const U0 = 156;
export const V0 = 160;
export const U1 = 164;
export const V1 = 168;
export const IMAGE = 172;
/** Address of the six derivative images, or 0 when only the image is wanted. */
export const JACOBIAN = 176;
export const WIDTH = 180;
export const HEIGHT = 184;

/** Bytes of one block. */
export const VIEW_BYTES = 192;
/** Zero voxels around the grid on every side, so that no sample needs a bounds test. */
export const PADDING = 2;
