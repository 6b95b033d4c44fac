import { type Volume, voxelSpacingMm } from "../../image/volume.ts";
import type { Random } from "../../random.ts";
import { chamferDistanceMm } from "./chamferDistance.ts";

/** What has moved in the patient between CT and X-ray; bones stay as they are. */
export interface ContentChange {
  /** Share of the gas pockets that are gone, 0..1. */
  readonly removeGas: number;
  /** Smallest and largest number of new gas pockets. */
  readonly addGas: readonly [number, number];
  /** Root-mean-square displacement of soft tissue far from bone, mm. */
  readonly deformMm: number;
  /** Nothing changes nearer to bone than this, mm. */
  readonly clearMm: number;
}

const boneHu = 180;
const gasHu = -400;
/** HU that replaces gas, and that new gas gets. */
const filledHu = 25;
const newGasHu = -950;

/**
 * A copy of the CT in which soft tissue is smoothly displaced, some bowel gas has gone and new gas
 * has come. Bone (HU > 180, or `labels` > 0) and everything within `clearMm` of it keep their values
 * exactly, so the pose of the skeleton stays the truth.
 */
export function changeContent(ct: Volume, change: ContentChange, random: Random, labels?: Volume): Volume {
  const hu = new Float32Array(ct.data);
  const spacing = voxelSpacingMm(ct);
  const fixed = new Uint8Array(hu.length);
  for (let n = 0; n < hu.length; n++) fixed[n] = hu[n]! > boneHu || Number(labels?.data[n] ?? 0) > 0 ? 1 : 0;
  const fromBone = chamferDistanceMm(fixed, ct.size, spacing);
  const image: Workspace = { hu, size: ct.size, spacing, fromBone };
  removeGas(image, change, random.fork("remove gas"));
  if (change.deformMm > 0) image.hu = deform(image, change, random.fork("deform"));
  addGas(image, change, random.fork("add gas"));
  for (let n = 0; n < hu.length; n++) {
    if (fromBone[n]! < change.clearMm) image.hu[n] = Number(ct.data[n]);
  }
  return { ...ct, data: image.hu };
}

interface Workspace {
  hu: Float32Array;
  readonly size: readonly [number, number, number];
  readonly spacing: readonly [number, number, number];
  readonly fromBone: Float32Array;
}

/** Fills pockets of gas that are not joined to the air around the patient (or to the lungs at the edge). */
function removeGas(image: Workspace, change: ContentChange, random: Random): void {
  const { hu, size } = image;
  const outside = airOutside(hu, size);
  const seen = new Uint8Array(hu.length);
  const stack: number[] = [];
  for (let start = 0; start < hu.length; start++) {
    if (hu[start]! > gasHu || outside[start] || seen[start]) continue;
    const remove = random.next() < change.removeGas;
    stack.push(start);
    seen[start] = 1;
    while (stack.length > 0) {
      const n = stack.pop()!;
      if (remove) hu[n] = filledHu;
      forNeighbours(n, size, (m) => {
        if (seen[m] || outside[m]) return;
        if (hu[m]! <= gasHu) {
          seen[m] = 1;
          stack.push(m);
        } else if (remove && hu[m]! < -20) {
          hu[m] = filledHu;
        }
      });
    }
  }
}

/** Air reached from the faces of the volume. */
function airOutside(hu: Float32Array, size: readonly [number, number, number]): Uint8Array {
  const outside = new Uint8Array(hu.length);
  const [nx, ny, nz] = size;
  const stack: number[] = [];
  const visit = (n: number): void => {
    if (outside[n] || hu[n]! > gasHu) return;
    outside[n] = 1;
    stack.push(n);
  };
  for (let n = 0; n < hu.length; n++) {
    const i = n % nx;
    const rest = (n - i) / nx;
    const j = rest % ny;
    const k = (rest - j) / ny;
    if (i === 0 || j === 0 || k === 0 || i === nx - 1 || j === ny - 1 || k === nz - 1) visit(n);
  }
  while (stack.length > 0) forNeighbours(stack.pop()!, size, visit);
  return outside;
}

function forNeighbours(n: number, size: readonly [number, number, number], visit: (m: number) => void): void {
  const [nx, ny, nz] = size;
  const slice = nx * ny;
  const i = n % nx;
  const rest = (n - i) / nx;
  const j = rest % ny;
  const k = (rest - j) / ny;
  if (i > 0) visit(n - 1);
  if (i < nx - 1) visit(n + 1);
  if (j > 0) visit(n - nx);
  if (j < ny - 1) visit(n + nx);
  if (k > 0) visit(n - slice);
  if (k < nz - 1) visit(n + slice);
}

/** Backward warp by a random displacement on a coarse lattice, faded out towards bone. */
function deform(image: Workspace, change: ContentChange, random: Random): Float32Array {
  const { hu, size, spacing, fromBone } = image;
  const [nx, ny, nz] = size;
  const field = createDisplacement(size, spacing, change.deformMm, random);
  const out = hu.slice();
  const move = new Float64Array(3);
  let n = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, n++) {
        const share = Math.min(1, Math.max(0, (fromBone[n]! - change.clearMm) / 25));
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

/** New pockets: rows of overlapping spheres in soft tissue, well inside the body and away from bone. */
function addGas(image: Workspace, change: ContentChange, random: Random): void {
  const { hu, size, fromBone } = image;
  const [least, most] = change.addGas;
  const wanted = least + random.integer(most - least + 1);
  const air = new Uint8Array(hu.length);
  for (let n = 0; n < hu.length; n++) air[n] = hu[n]! < gasHu ? 1 : 0;
  const fromAir = chamferDistanceMm(air, size, image.spacing);
  for (let made = 0, tries = 0; made < wanted && tries < 4000; tries++) {
    const n = random.integer(hu.length);
    const radius = random.uniform(7, 18);
    const fits =
      hu[n]! > -150 && hu[n]! < 90 && fromBone[n]! > change.clearMm + radius && fromAir[n]! > radius + 16;
    if (!fits) continue;
    made++;
    const heading = [random.normal(), random.normal(), random.normal()];
    const length = Math.hypot(...heading) || 1;
    const beads = 1 + random.integer(3);
    for (let b = 0; b < beads; b++) {
      const offset = heading.map((h) => (h / length) * b * 0.9 * radius) as [number, number, number];
      sphere(image, n, offset, radius * random.uniform(0.8, 1.1), change.clearMm);
    }
  }
}

function sphere(
  image: Workspace,
  centre: number,
  offsetMm: readonly [number, number, number],
  radius: number,
  clearMm: number,
): void {
  const { hu, size, spacing, fromBone } = image;
  const [nx, ny, nz] = size;
  const c = [centre % nx, Math.floor(centre / nx) % ny, Math.floor(centre / (nx * ny))].map(
    (index, a) => index + offsetMm[a]! / spacing[a]!,
  );
  const width = Math.cbrt(spacing[0] * spacing[1] * spacing[2]);
  const low = (a: 0 | 1 | 2): number => Math.max(0, Math.ceil(c[a]! - (radius + width) / spacing[a]));
  const high = (a: 0 | 1 | 2): number =>
    Math.min([nx, ny, nz][a]! - 1, Math.floor(c[a]! + (radius + width) / spacing[a]));
  for (let k = low(2); k <= high(2); k++) {
    for (let j = low(1); j <= high(1); j++) {
      for (let i = low(0); i <= high(0); i++) {
        const n = i + nx * (j + ny * k);
        if (fromBone[n]! < clearMm || hu[n]! < -200) continue;
        const d = Math.hypot((i - c[0]!) * spacing[0], (j - c[1]!) * spacing[1], (k - c[2]!) * spacing[2]);
        const share = Math.min(1, Math.max(0, 0.5 - (d - radius) / width));
        hu[n]! += share * (newGasHu - hu[n]!);
      }
    }
  }
}
