import type { Random } from "../../random.ts";
import type { ChangingCt } from "./changingCt.ts";

/** Backward warp by a smooth random displacement (r.m.s. `rmsMm`), faded out towards bone. */
export function deform(image: ChangingCt, rmsMm: number, clearMm: number, random: Random): Float32Array {
  const { hu, size, spacing, fromBone } = image;
  const [nx, ny, nz] = size;
  const field = createDisplacement(size, spacing, rmsMm, random);
  const out = hu.slice();
  const move = new Float64Array(3);
  let n = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, n++) {
        const share = Math.min(1, Math.max(0, (fromBone[n]! - clearMm) / 25));
        if (share === 0 || hu[n]! < -990) continue;
        field(i, j, k, move);
        out[n] = trilinear(
          hu,
          size,
          i + (share * move[0]!) / spacing[0],
          j + (share * move[1]!) / spacing[1],
          k + (share * move[2]!) / spacing[2],
        );
      }
    }
  }
  return out;
}

/** Trilinear sample at a fractional index, clamped to the grid. */
function trilinear(
  data: Float32Array,
  size: readonly [number, number, number],
  x: number,
  y: number,
  z: number,
): number {
  const [nx, ny, nz] = size;
  const px = Math.max(0, Math.min(nx - 1, x));
  const py = Math.max(0, Math.min(ny - 1, y));
  const pz = Math.max(0, Math.min(nz - 1, z));
  const i = Math.max(0, Math.min(nx - 2, px | 0));
  const j = Math.max(0, Math.min(ny - 2, py | 0));
  const k = Math.max(0, Math.min(nz - 2, pz | 0));
  const fx = px - i;
  const fy = py - j;
  const fz = pz - k;
  const east = nx > 1 ? 1 : 0;
  const south = ny > 1 ? nx : 0;
  const up = nz > 1 ? nx * ny : 0;
  const n = i + nx * (j + ny * k);
  const a = data[n]! + fx * (data[n + east]! - data[n]!);
  const b = data[n + south]! + fx * (data[n + south + east]! - data[n + south]!);
  const c = data[n + up]! + fx * (data[n + up + east]! - data[n + up]!);
  const top = n + up + south;
  const d = data[top]! + fx * (data[top + east]! - data[top]!);
  const low = a + fy * (b - a);
  return low + fz * (c + fy * (d - c) - low);
}

type Displacement = (i: number, j: number, k: number, out: Float64Array) => void;

/** Sum of a few random plane waves of 90 to 220 mm wavelength: smooth, with the asked r.m.s. in mm. */
function createDisplacement(
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
  rmsMm: number,
  random: Random,
): Displacement {
  const count = 6;
  const waves = Array.from({ length: count }, () => {
    const direction = [random.normal(), random.normal(), random.normal()];
    const length = Math.hypot(...direction) || 1;
    const k = (2 * Math.PI) / random.uniform(90, 220);
    const wave = direction.map((d, a) => (k * d * spacing[a]!) / length);
    const amplitude = [0, 1, 2].map(() => random.normal(0, rmsMm * Math.sqrt(2 / (3 * count))));
    return { wave, amplitude, phase: random.uniform(0, 2 * Math.PI) };
  });
  const tables = waves.map(({ wave, phase }) =>
    [0, 1, 2].map((a) => phasors(size[a]!, wave[a]!, a === 0 ? phase : 0)),
  );
  return (i, j, k, out) => {
    out.fill(0);
    for (let w = 0; w < count; w++) {
      const [px, py, pz] = tables[w]!;
      const re = px![2 * i]! * py![2 * j]! - px![2 * i + 1]! * py![2 * j + 1]!;
      const im = px![2 * i]! * py![2 * j + 1]! + px![2 * i + 1]! * py![2 * j]!;
      const sine = re * pz![2 * k + 1]! + im * pz![2 * k]!;
      for (let a = 0; a < 3; a++) out[a]! += waves[w]!.amplitude[a]! * sine;
    }
  };
}

function phasors(n: number, step: number, phase: number): Float64Array {
  const out = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    out[2 * i] = Math.cos(step * i + phase);
    out[2 * i + 1] = Math.sin(step * i + phase);
  }
  return out;
}
