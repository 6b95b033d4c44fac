/**
 * Distance in mm from every voxel to the nearest set voxel of `mask` (i fastest), by the two-pass
 * 3-4-5 chamfer scheme (Borgefors 1986) with anisotropic spacing; never short of the Euclidean distance and at most
 * 13 % above it where voxels are cubes.
 * 1e9 where the mask is empty.
 */
export function chamferDistanceMm(
  mask: Uint8Array,
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
): Float32Array {
  const distance = new Float32Array(mask.length);
  for (let n = 0; n < mask.length; n++) distance[n] = mask[n] ? 0 : 1e9;
  const steps = halfNeighbourhood(size, spacing);
  sweep(distance, size, steps, 1);
  sweep(distance, size, steps, -1);
  return distance;
}

interface Step {
  readonly di: number;
  readonly dj: number;
  readonly dk: number;
  readonly offset: number;
  readonly mm: number;
}

/** The thirteen neighbours that come before a voxel in memory order. */
function halfNeighbourhood(
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
): Step[] {
  const steps: Step[] = [];
  for (const dk of [-1, 0, 1]) {
    for (const dj of [-1, 0, 1]) {
      for (const di of [-1, 0, 1]) {
        const offset = di + size[0] * (dj + size[1] * dk);
        const before = dk < 0 || (dk === 0 && (dj < 0 || (dj === 0 && di < 0)));
        if (!before) continue;
        const mm = Math.hypot(di * spacing[0], dj * spacing[1], dk * spacing[2]);
        steps.push({ di, dj, dk, offset, mm });
      }
    }
  }
  return steps;
}

function sweep(
  distance: Float32Array,
  size: readonly [number, number, number],
  steps: readonly Step[],
  sign: 1 | -1,
): void {
  const [nx, ny, nz] = size;
  const offsets = Int32Array.from(steps, (step) => sign * step.offset);
  const lengths = Float64Array.from(steps, (step) => step.mm);
  const order = (n: number, length: number): number => (sign > 0 ? n : length - 1 - n);
  for (let kk = 0; kk < nz; kk++) {
    const k = order(kk, nz);
    for (let jj = 0; jj < ny; jj++) {
      const j = order(jj, ny);
      const rowInside = j > 0 && j < ny - 1 && k > 0 && k < nz - 1;
      for (let ii = 0; ii < nx; ii++) {
        const i = order(ii, nx);
        const n = i + nx * (j + ny * k);
        let best = distance[n]!;
        if (best === 0) continue;
        const inside = rowInside && i > 0 && i < nx - 1;
        for (let s = 0; s < offsets.length; s++) {
          if (!inside && leaves(steps[s]!, sign, [i, j, k], size)) continue;
          const via = distance[n + offsets[s]!]! + lengths[s]!;
          if (via < best) best = via;
        }
        distance[n] = best;
      }
    }
  }
}

function leaves(
  step: Step,
  sign: number,
  index: readonly [number, number, number],
  size: readonly [number, number, number],
): boolean {
  return [step.di, step.dj, step.dk].some((d, a) => {
    const next = index[a]! + sign * d;
    return next < 0 || next >= size[a]!;
  });
}
