import * as view from "../src/projector/viewLayout";
import * as group from "./group";

/** Whether no ray of the tile reads beyond the padding in any of the runs last found. */
export let runsInside: bool = false;

/**
 * Finds the runs of planes in which a tile's rays may meet occupied voxels, slab by slab, and stores them
 * as pairs (first, last) at `out`; returns their number. The rays of a tile lie within its four corner
 * rays, and those move linearly, so their positions at a slab's two end planes bound the slab's footprint.
 */
export function findRuns(block: usize, out: usize, u0: i32, v0: i32, u1: i32, v1: i32): i32 {
  const first = load<i32>(block, view.FIRST_PLANE);
  const last = load<i32>(block, view.LAST_PLANE);
  runsInside = true;
  if (first > last) return 0;
  group.aimCorners(block, u0, v0, u1, v1);
  const sizeB = load<i32>(block, view.SIZE_B);
  const sizeC = load<i32>(block, view.SIZE_C);
  const occupancy = <usize>load<u32>(block, view.OCCUPANCY);
  const limitB = <f32>(sizeB + view.PADDING);
  const limitC = <f32>(sizeC + view.PADDING);
  let count = 0;
  let open = false;
  for (let slab = first / view.BLOCK; slab * view.BLOCK <= last; slab++) {
    const from = max(first, slab * view.BLOCK);
    const to = min(last, slab * view.BLOCK + view.BLOCK - 1);
    const start = f32x4.splat(<f32>(from - group.middle));
    const end = f32x4.splat(<f32>(to - group.middle));
    const startB = f32x4.add(group.startB, f32x4.mul(start, group.slopeB));
    const endB = f32x4.add(group.startB, f32x4.mul(end, group.slopeB));
    const startC = f32x4.add(group.startC, f32x4.mul(start, group.slopeC));
    const endC = f32x4.add(group.startC, f32x4.mul(end, group.slopeC));
    const lowB = group.lowest(f32x4.min(startB, endB));
    const highB = group.highest(f32x4.max(startB, endB));
    const lowC = group.lowest(f32x4.min(startC, endC));
    const highC = group.highest(f32x4.max(startC, endC));
    const meets = lowB < limitB && highB > 1 && lowC < limitC && highC > 1;
    if (meets && (occupancy == 0 || occupied(occupancy, slab, sizeB, sizeC, lowB, highB, lowC, highC))) {
      runsInside = runsInside && lowB > 0.125 && highB < limitB + 0.875 && lowC > 0.125 && highC < limitC + 0.875;
      if (!open) store<i32>(out + (count << 3), from);
      store<i32>(out + (count << 3), to, 4);
      open = true;
    } else if (open) {
      open = false;
      count++;
    }
  }
  return open ? count + 1 : count;
}

/** Whether a footprint (padded positions) holds an occupied block, by the summed-area table of its slab. */
// @ts-ignore: decorator
@inline
function occupied(
  occupancy: usize,
  slab: i32,
  sizeB: i32,
  sizeC: i32,
  lowB: f32,
  highB: f32,
  lowC: f32,
  highC: f32,
): bool {
  const columns = (sizeB + view.BLOCK - 1) / view.BLOCK;
  const rows = (sizeC + view.BLOCK - 1) / view.BLOCK;
  const table = occupancy + ((<usize>(slab * (columns + 1) * (rows + 1))) << 2);
  const b0 = blockOf(lowB - 2.01, columns);
  const b1 = blockOf(highB - 0.99, columns) + 1;
  const c0 = blockOf(lowC - 2.01, rows);
  const c1 = blockOf(highC - 0.99, rows) + 1;
  return (
    corner(table, columns, b1, c1) + corner(table, columns, b0, c0) !=
    corner(table, columns, b0, c1) + corner(table, columns, b1, c0)
  );
}

/** Block of a voxel position, kept inside the grid. */
// @ts-ignore: decorator
@inline
function blockOf(position: f32, blocks: i32): i32 {
  return min(max(<i32>position, 0) / view.BLOCK, blocks - 1);
}

// @ts-ignore: decorator
@inline
function corner(table: usize, columns: i32, b: i32, c: i32): i32 {
  return load<i32>(table + ((<usize>(c * (columns + 1) + b)) << 2));
}
