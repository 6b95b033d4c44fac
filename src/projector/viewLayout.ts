/**
 * The view block: all that the kernel needs to render one rectangle of one image, as byte offsets.
 * Compiled into the WebAssembly kernel as well, so both sides read the same numbers.
 * Axes are named by role: a = the axis whose planes are sampled, b = fastest in memory, c = the other one.
 */

// 64-bit floats.
/** Source in voxels (a, b, c). */
export const SOURCE = 0;
/** Voxel direction of pixel (u, v): rows a, b, c of voxelFromCamera . K^-1, applied to (u, v, 1). */
export const DIRECTION = 24;
export const SLOPE_U = 96;
export const OFFSET_U = 104;
export const SLOPE_V = 112;
export const OFFSET_V = 120;

// Constants of the sampling loops, sixteen bytes each: the compiler would rebuild literals in every step.
/** Pairs of 16-bit integers (1, voxels in a row): index = b + row c. */
export const INDEX_LANES = 128;
/** Pairs (0x7fff, 0): turns (f, f) into the weights (1 - f, f). */
export const FLIP_LANES = 144;
/** Pairs (-1, 1): the difference of two neighbours. */
export const DIFFERENCE_LANES = 160;
/** 2^14 in 32 bits: rounds a product of 15-bit numbers when 15 bits are dropped. */
export const ROUND_LANES = 176;

// 32-bit floats: rows a, b, c of voxelFromCamera's linear part.
export const LINEAR = 192;

// 32-bit integers; strides and addresses in bytes.
/** Address of the padded corner of plane a = 0: two voxels below (0, 0) in b and c. */
export const BASE = 228;
/** Bytes from one plane to the next. */
export const STRIDE_A = 232;
export const SIZE_B = 240;
export const SIZE_C = 244;
/** Planes in front of the source and inside the grid, both included. */
export const FIRST_PLANE = 248;
export const LAST_PLANE = 252;
/** The rectangle [U0, U1) x [V0, V1). */
export const U0 = 256;
export const V0 = 260;
export const U1 = 264;
export const V1 = 268;
export const IMAGE = 272;
/** Address of the six derivative images, or 0 when only the image is wanted. */
export const JACOBIAN = 276;
export const WIDTH = 280;
export const HEIGHT = 284;
/** Address of the occupancy sums of slab 0 for this axis (0 = everything is occupied). */
export const OCCUPANCY = 288;
/** Where the view's tasks start in the job, how many there are, and how many in a row of the image. */
export const FIRST_TASK = 292;
export const TASK_COUNT = 296;
export const TASK_COLUMNS = 300;
/** 32-bit float: what one unit of a sum of weighted 15-bit samples stands for. */
export const SCALE = 304;

/** Bytes of one block. */
export const VIEW_BYTES = 320;
/** Zero voxels around the grid on every side, so that no sample needs a bounds test. */
export const PADDING = 2;
/** Voxels a side of the blocks in which emptiness is tracked. */
export const BLOCK = 8;
/** Bytes of working memory of one thread. */
export const SCRATCH_BYTES = 4096;
