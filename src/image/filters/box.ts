import { usageError } from "../../errors.ts";
import { type ConvolveOptions, borderIndex, correlateSeparable } from "./convolve.ts";

/** Box of odd length 2 radius + 1, sum 1. */
export function boxKernel(radius: number): Float64Array {
  requireRadius(radius);
  return new Float64Array(2 * radius + 1).fill(1 / (2 * radius + 1));
}

/** Mean over a square of (2 radius + 1)^2 pixels; time does not depend on the radius. */
export function boxBlur(
  image: Float32Array,
  width: number,
  height: number,
  radius: number,
  options: ConvolveOptions = {},
): Float32Array {
  requireRadius(radius);
  if (radius <= 2) {
    const kernel = boxKernel(radius);
    return correlateSeparable(image, width, height, kernel, kernel, options);
  }
  const count = width * height;
  const { border = "replicate", out = new Float32Array(count), scratch = new Float32Array(count) } = options;
  const value = (
    line: Float32Array,
    start: number,
    stride: number,
    index: number,
    length: number,
  ): number => {
    const at = borderIndex(index, length, border);
    return at < 0 ? 0 : line[start + stride * at]!;
  };
  const slide = (
    from: Float32Array,
    to: Float32Array,
    start: number,
    stride: number,
    length: number,
  ): void => {
    let sum = 0;
    for (let a = -radius; a <= radius; a++) sum += value(from, start, stride, a, length);
    for (let i = 0; i < length; i++) {
      to[start + stride * i] = sum / (2 * radius + 1);
      sum +=
        value(from, start, stride, i + radius + 1, length) - value(from, start, stride, i - radius, length);
    }
  };
  for (let v = 0; v < height; v++) slide(image, scratch, v * width, 1, width);
  for (let u = 0; u < width; u++) slide(scratch, out, u, width, height);
  return out;
}

function requireRadius(radius: number): void {
  if (!(Number.isInteger(radius) && radius >= 0)) {
    throw usageError({
      what: "Box radius",
      got: String(radius),
      expected: "a whole number of pixels, 0 or more",
    });
  }
}
