import type { Random } from "../../random.ts";
import { chamferDistanceMm } from "./chamferDistance.ts";
import type { ChangingCt } from "./changingCt.ts";

const gasHu = -400;
/** HU that replaces gas, and that new gas gets. */
const filledHu = 25;
const newGasHu = -950;

/** Fills pockets of gas that are not joined to the air around the patient (or to the lungs at the edge). */
export function removeGas(image: ChangingCt, share: number, random: Random): void {
  const { hu, size } = image;
  const outside = airOutside(hu, size);
  const seen = new Uint8Array(hu.length);
  const stack: number[] = [];
  for (let start = 0; start < hu.length; start++) {
    if (hu[start]! > gasHu || outside[start] || seen[start]) continue;
    const remove = random.next() < share;
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

/** New pockets: rows of overlapping spheres in soft tissue, well inside the body and away from bone. */
export function addGas(
  image: ChangingCt,
  counts: readonly [number, number],
  clearMm: number,
  random: Random,
): void {
  const { hu, size, fromBone } = image;
  const [least, most] = counts;
  const wanted = least + random.integer(most - least + 1);
  const air = new Uint8Array(hu.length);
  for (let n = 0; n < hu.length; n++) air[n] = hu[n]! < gasHu ? 1 : 0;
  const fromAir = chamferDistanceMm(air, size, image.spacing);
  for (let made = 0, tries = 0; made < wanted && tries < 4000; tries++) {
    const n = random.integer(hu.length);
    const radius = random.uniform(7, 18);
    const fits = hu[n]! > -150 && hu[n]! < 90 && fromBone[n]! > clearMm + radius && fromAir[n]! > radius + 16;
    if (!fits) continue;
    made++;
    const heading = [random.normal(), random.normal(), random.normal()];
    const length = Math.hypot(...heading) || 1;
    const beads = 1 + random.integer(3);
    for (let b = 0; b < beads; b++) {
      const offset = heading.map((h) => (h / length) * b * 0.9 * radius) as [number, number, number];
      sphere(image, n, offset, radius * random.uniform(0.8, 1.1), clearMm);
    }
  }
}

function sphere(
  image: ChangingCt,
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
