import type { RegistrationResult } from "../registration/result.ts";
import type { Projector } from "../projector/projector.ts";
import { type RegisteredPair, registrationImages } from "./registrationImages.ts";

/**
 * ImgSim of the paper's Table 3: Pearson's correlation of the X-ray's line integrals with the DRR at the result,
 * over the pixels that may be compared. In [-1, 1]; null when either image is flat there.
 */
export function imageSimilarity(
  pair: RegisteredPair & { readonly projector: Projector },
  result: RegistrationResult,
): number | null {
  const { xray, after, weight } = registrationImages(pair, result, pair.projector);
  return pearson(xray.data, after.data, weight);
}

/** Pearson's r of the pixels whose weight is above zero; null when one of the two does not vary. */
export function pearson(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  weight?: ArrayLike<number>,
): number | null {
  let [n, sumA, sumB] = [0, 0, 0];
  const used = (i: number): boolean => !weight || weight[i]! > 0;
  for (let i = 0; i < a.length; i++) {
    if (!used(i)) continue;
    n++;
    sumA += a[i]!;
    sumB += b[i]!;
  }
  let [saa, sbb, sab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!used(i)) continue;
    const [da, db] = [a[i]! - sumA / n, b[i]! - sumB / n];
    saa += da * da;
    sbb += db * db;
    sab += da * db;
  }
  const r = sab / Math.sqrt(saa * sbb);
  return Number.isFinite(r) ? r : null;
}
