import type { Quantity, VoxelData } from "./volume.ts";

/** At most this many voxels are looked at. */
const sampleCount = 1 << 20;

/**
 * What the numbers of a CT-like volume most likely mean, for formats that do not say: clearly negative
 * values are Hounsfield units (air), small fractions are attenuation in 1/mm; anything else is `unknown`.
 */
export function guessQuantity(data: VoxelData): Quantity {
  const stride = Math.max(1, Math.floor(data.length / sampleCount));
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i += stride) {
    const value = data[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low <= -200 && low >= -40000 && high > low) return "hu";
  const isReal = data instanceof Float32Array || data instanceof Float64Array;
  if (isReal && low >= 0 && high > 0 && high < 1) return "attenuation";
  return "unknown";
}

/** More different numbers than this are measurements. */
const mostLabels = 150;

/** Whether the voxels can be labels: few different whole numbers from 0 to 255, 0 among them. */
export function looksLikeLabels(data: VoxelData): boolean {
  const found = new Set<number>();
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isInteger(value) || value < 0 || value > 255) return false;
    found.add(value);
  }
  return found.has(0) && found.size > 1 && found.size <= mostLabels;
}
