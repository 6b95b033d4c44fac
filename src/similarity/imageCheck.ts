import { badInput, usageError } from "../errors.ts";

/**
 * Checks a fixed image and its weights before a metric is prepared: sizes agree, weights are finite and
 * not negative, pixels that count are finite. Throws `usage` for sizes, `bad-input` for values.
 */
export function checkFixedImage(
  fixed: Float32Array,
  width: number,
  height: number,
  weight: Float32Array | undefined,
): void {
  const pixels = width * height;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw usageError({
      what: "Similarity image size",
      got: `${width} x ${height}`,
      expected: "positive integers",
    });
  }
  if (fixed.length !== pixels) {
    throw usageError({
      what: "Fixed image",
      got: `${fixed.length} pixels`,
      expected: `${width} x ${height}`,
    });
  }
  if (weight !== undefined && weight.length !== pixels) {
    throw usageError({
      what: "Pixel weights",
      got: `${weight.length} values`,
      expected: `${width} x ${height}`,
    });
  }
  for (let i = 0; i < pixels; i++) {
    const w = weight === undefined ? 1 : weight[i]!;
    if (!(w >= 0 && w < Infinity)) {
      throw badInput({ what: `Weight of pixel ${i}`, got: String(w), expected: "a finite number >= 0" });
    }
    if (w > 0 && !Number.isFinite(fixed[i]!)) {
      throw badInput({
        what: `Fixed image, pixel (${i % width}, ${Math.floor(i / width)})`,
        got: String(fixed[i]),
        expected: "a finite value wherever the weight is positive",
        todo: "Give such pixels weight 0.",
      });
    }
  }
}

/** The error of a fixed image that holds no information for a metric. */
export function noContrast(what: string): Error {
  return badInput({
    what: `Fixed image for ${what}`,
    got: "no contrast where the weight is positive",
    expected: "an image with structure",
    todo: "Check the X-ray, the mask and the intensity scale.",
  });
}
