/**
 * Image gradients as a complex field g = dx + i dy whose length is compressed, so that a steel tool with its
 * huge edges counts hardly more than the end plate of a vertebra (orientation correlation, Fitch et al. 2002).
 */
export interface OrientationField {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Central differences where all four neighbours have weight, zero elsewhere; length |g| becomes
 * |g| / (|g| + knee), the knee being the root mean square gradient times `kneeFactor`.
 */
export function orientationField(
  image: Float32Array,
  width: number,
  height: number,
  options: { weight?: Float32Array; kneeFactor?: number; out?: OrientationField } = {},
): OrientationField {
  const { weight, kneeFactor = 1 } = options;
  const field = options.out ?? { re: new Float64Array(width * height), im: new Float64Array(width * height) };
  const { re, im } = field;
  re.fill(0);
  im.fill(0);
  let [energy, count] = [0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const p = y * width + x;
      if (weight && !(weight[p - 1]! && weight[p + 1]! && weight[p - width]! && weight[p + width]!)) continue;
      re[p] = image[p + 1]! - image[p - 1]!;
      im[p] = image[p + width]! - image[p - width]!;
      energy += re[p]! * re[p]! + im[p]! * im[p]!;
      count++;
    }
  }
  const knee = kneeFactor * Math.sqrt(energy / Math.max(1, count)) + 1e-12;
  for (let p = 0; p < re.length; p++) {
    const scale = 1 / (Math.sqrt(re[p]! * re[p]! + im[p]! * im[p]!) + knee);
    re[p]! *= scale;
    im[p]! *= scale;
  }
  return field;
}
