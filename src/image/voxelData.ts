import type { Quantity, VoxelData } from "./volume.ts";

/** A zeroed array of the same element type. */
export function emptyLike<T extends VoxelData>(data: T, length: number): T {
  const constructor = data.constructor as new (length: number) => T;
  return new constructor(length);
}

/** The value of empty space: -1000 for HU, 0 for everything else. */
export function backgroundOf(quantity: Quantity): number {
  return quantity === "hu" ? -1000 : 0;
}

/** Smallest and largest finite value; [NaN, NaN] where there is none. */
export function finiteRange(data: VoxelData): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < low && value > Number.NEGATIVE_INFINITY) low = value;
    if (value > high && value < Number.POSITIVE_INFINITY) high = value;
  }
  return low > high ? [Number.NaN, Number.NaN] : [low, high];
}
