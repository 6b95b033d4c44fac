/**
 * Image gradients as a complex field g = dx + i dy whose length is compressed, so that a steel tool with its
 * huge edges counts hardly more than the end plate of a vertebra (orientation correlation, Fitch et al. 2002).
 */
export interface OrientationField {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Gradients shorter than this share of a typical one count less and less: noise has directions, too. */
const kneeShare = 0.2;

/**
 * Central differences where all four neighbours have weight, zero elsewhere; length |g| becomes |g| / (|g| + knee).
 * The knee follows the squared mean of sqrt |g|, which the few huge gradients of the skin or a tool hardly move.
 */
export function orientationField(
  image: Float32Array,
  width: number,
  height: number,
  options: { weight?: Float32Array; out?: OrientationField } = {},
): OrientationField {
  const { weight } = options;
  const field = options.out ?? { re: new Float64Array(width * height), im: new Float64Array(width * height) };
  const { re, im } = field;
  re.fill(0);
  im.fill(0);
  let [roots, count] = [0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const p = y * width + x;
      if (weight && !(weight[p - 1]! && weight[p + 1]! && weight[p - width]! && weight[p + width]!)) continue;
      re[p] = image[p + 1]! - image[p - 1]!;
      im[p] = image[p + width]! - image[p - width]!;
      const square = re[p]! * re[p]! + im[p]! * im[p]!;
      if (square === 0) continue;
      roots += Math.sqrt(Math.sqrt(square));
      count++;
    }
  }
  const knee = kneeShare * (roots / Math.max(1, count)) ** 2 + 1e-12;
  for (let p = 0; p < re.length; p++) {
    const scale = 1 / (Math.sqrt(re[p]! * re[p]! + im[p]! * im[p]!) + knee);
    re[p]! *= scale;
    im[p]! *= scale;
  }
  return field;
}
