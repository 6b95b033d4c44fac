/** Smooth random field in [-1, 1] by position (mm). */
export type Texture = (x: number, y: number, z: number) => number;

function hash(ix: number, iy: number, iz: number, seed: number): number {
  let h = (Math.imul(ix, 0x8da6b343) ^ Math.imul(iy, 0xd8163841) ^ Math.imul(iz, 0xcb1ab31f) ^ seed) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967295;
}

/** The lattice is periodic with this many cells, so that its values fit in the cache. */
const period = 32;

/**
 * Value noise (smoothly interpolated random lattice) with cells of `scaleMm`, anchored in the world,
 * so that one seed gives one texture at every resolution.
 */
export function createTexture(seed: number, scaleMm: number): Texture {
  const lattice = new Float32Array(period ** 3);
  for (let k = 0, n = 0; k < period; k++) {
    for (let j = 0; j < period; j++) {
      for (let i = 0; i < period; i++, n++) lattice[n] = 2 * hash(i, j, k, seed) - 1;
    }
  }
  const f = 1 / scaleMm;
  const mask = period - 1;
  return (x, y, z) => {
    // Turned against the world's axes, or the lattice shows as straight edges in projections.
    const px = f * (0.6887 * x - 0.4911 * y + 0.5334 * z);
    const py = f * (0.5801 * x + 0.8146 * y + 0.001 * z);
    const pz = f * (-0.435 * x + 0.3088 * y + 0.8459 * z);
    const ix = Math.floor(px);
    const iy = Math.floor(py);
    const iz = Math.floor(pz);
    const tx = px - ix;
    const ty = py - iy;
    const tz = pz - iz;
    const u = tx * tx * (3 - 2 * tx);
    const v = ty * ty * (3 - 2 * ty);
    const w = tz * tz * (3 - 2 * tz);
    const x0 = ix & mask;
    const x1 = (ix + 1) & mask;
    const y0 = (iy & mask) * period;
    const y1 = ((iy + 1) & mask) * period;
    const z0 = (iz & mask) * period * period;
    const z1 = ((iz + 1) & mask) * period * period;
    const a = lattice[x0 + y0 + z0]! + u * (lattice[x1 + y0 + z0]! - lattice[x0 + y0 + z0]!);
    const b = lattice[x0 + y1 + z0]! + u * (lattice[x1 + y1 + z0]! - lattice[x0 + y1 + z0]!);
    const c = lattice[x0 + y0 + z1]! + u * (lattice[x1 + y0 + z1]! - lattice[x0 + y0 + z1]!);
    const d = lattice[x0 + y1 + z1]! + u * (lattice[x1 + y1 + z1]! - lattice[x0 + y1 + z1]!);
    const ab = a + v * (b - a);
    const cd = c + v * (d - c);
    return ab + w * (cd - ab);
  };
}
