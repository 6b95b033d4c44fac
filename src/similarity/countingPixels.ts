/** Indices of the pixels with a positive weight, in order. */
export function countingPixels(weight: Float32Array): Int32Array {
  let count = 0;
  for (const w of weight) if (w > 0) count++;
  const index = new Int32Array(count);
  for (let i = 0, at = 0; i < weight.length; i++) if (weight[i]! > 0) index[at++] = i;
  return index;
}

/** Weighted sum of a b over the listed pixels; `from` is where b's image starts. */
export function weightedDot(
  a: Float32Array,
  b: Float32Array,
  from: number,
  weight: Float32Array,
  index: Int32Array,
): number {
  let sum = 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    sum += weight[i]! * a[i]! * b[from + i]!;
  }
  return sum;
}
