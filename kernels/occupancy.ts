import { BLOCK } from "../src/projector/viewLayout";

/** Marks (one byte a block, x fastest) the blocks that hold a value other than zero; marks must be zero before. */
export function markBlocks(
  grid: usize,
  strideX: usize,
  strideY: usize,
  strideZ: usize,
  nx: i32,
  ny: i32,
  nz: i32,
  marks: usize,
): void {
  const blocksX = (nx + BLOCK - 1) / BLOCK;
  const blocksY = (ny + BLOCK - 1) / BLOCK;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = grid + <usize>z * strideZ + <usize>y * strideY;
      const mark = marks + <usize>(blocksX * (y / BLOCK + blocksY * (z / BLOCK)));
      for (let x = 0; x < nx; x++) {
        if (load<i16>(row + <usize>x * strideX) != 0) store<u8>(mark + <usize>(x / BLOCK), 1);
      }
    }
  }
}

/**
 * For every slab of blocks along an axis: the summed-area table ((columns + 1) x (rows + 1), first row and
 * column zero) of the marks. Steps are the distances between neighbouring marks along columns, rows and slabs.
 */
export function sumBlocks(
  marks: usize,
  columns: i32,
  rows: i32,
  slabs: i32,
  columnStep: i32,
  rowStep: i32,
  slabStep: i32,
  table: usize,
): void {
  let out = table;
  for (let slab = 0; slab < slabs; slab++) {
    for (let column = 0; column <= columns; column++) store<i32>(out + ((<usize>column) << 2), 0);
    for (let row = 0; row < rows; row++) {
      const above = out + ((<usize>(row * (columns + 1))) << 2);
      const here = above + ((<usize>(columns + 1)) << 2);
      store<i32>(here, 0);
      let sum = 0;
      for (let column = 0; column < columns; column++) {
        sum += load<u8>(marks + <usize>(slab * slabStep + row * rowStep + column * columnStep));
        const at = (<usize>(column + 1)) << 2;
        store<i32>(here + at, load<i32>(above + at) + sum);
      }
    }
    out += (<usize>((columns + 1) * (rows + 1))) << 2;
  }
}
