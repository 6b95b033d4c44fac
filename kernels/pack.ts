/**
 * Layouts of a volume in kernel memory: for each axis a, planes of 32-bit voxels (b fastest, then c), each with
 * its 15-bit value below and that of its neighbour at c + 1 above (see sample.ts), zero voxels around.
 */

/** Writes value q at voxel `at` and at its neighbour below along c. */
// @ts-ignore: decorator
@inline
function put(at: usize, strideC: usize, q: i32): void {
  store<i16>(at, <i16>q);
  store<i16>(at - strideC + 2, <i16>q);
}

/** Rounds a slice of floats (i fastest, then j) times `scale` into a layout. Strides in bytes. */
export function packSlice(
  from: usize,
  scale: f32,
  to: usize,
  toI: usize,
  toJ: usize,
  toC: usize,
  ni: i32,
  nj: i32,
): void {
  for (let j = 0; j < nj; j++) {
    for (let i = 0; i < ni; i++) {
      put(to + <usize>i * toI + <usize>j * toJ, toC, <i32>nearest<f32>(load<f32>(from) * scale));
      from += 4;
    }
  }
}

/** Copies values into another layout, in tiles of 16 x 16 along the fastest axes of both (i and j). */
export function repack(
  from: usize,
  fromI: usize,
  fromJ: usize,
  fromK: usize,
  to: usize,
  toI: usize,
  toJ: usize,
  toK: usize,
  toC: usize,
  ni: i32,
  nj: i32,
  nk: i32,
): void {
  for (let k = 0; k < nk; k++) {
    const source = from + <usize>k * fromK;
    const target = to + <usize>k * toK;
    for (let j0 = 0; j0 < nj; j0 += 16) {
      const j1 = min(j0 + 16, nj);
      for (let i0 = 0; i0 < ni; i0 += 16) {
        const i1 = min(i0 + 16, ni);
        for (let i = i0; i < i1; i++) {
          for (let j = j0; j < j1; j++) {
            const q = load<i16>(source + <usize>i * fromI + <usize>j * fromJ);
            put(target + <usize>i * toI + <usize>j * toJ, toC, q);
          }
        }
      }
    }
  }
}
