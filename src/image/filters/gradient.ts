import { type ConvolveOptions, correlateSeparable } from "./convolve.ts";

/** The two derivative images, per pixel. */
export interface ImageGradient {
  /** d/du, along columns. */
  readonly x: Float32Array;
  /** d/dv, along rows. */
  readonly y: Float32Array;
}

export interface GradientOptions extends Omit<ConvolveOptions, "out"> {
  /** Receives the result; allocated when absent. */
  readonly out?: ImageGradient;
}

const difference = Float64Array.of(-0.5, 0, 0.5);
const identity = Float64Array.of(1);
const sobelSmooth = Float64Array.of(0.25, 0.5, 0.25);

function gradientWith(
  smooth: Float64Array,
  image: Float32Array,
  width: number,
  height: number,
  options: GradientOptions,
): ImageGradient {
  const count = width * height;
  const out = options.out ?? { x: new Float32Array(count), y: new Float32Array(count) };
  const border = options.border ?? "replicate";
  const scratch = options.scratch ?? new Float32Array(count);
  correlateSeparable(image, width, height, difference, smooth, { border, scratch, out: out.x });
  correlateSeparable(image, width, height, smooth, difference, { border, scratch, out: out.y });
  return out;
}

/** Central differences (f(u+1) - f(u-1)) / 2: the slope of a ramp is its slope, away from the border. */
export function centralDifference(
  image: Float32Array,
  width: number,
  height: number,
  options: GradientOptions = {},
): ImageGradient {
  return gradientWith(identity, image, width, height, options);
}

/** Sobel derivative, divided by 8 so that a ramp gives its slope. */
export function sobel(
  image: Float32Array,
  width: number,
  height: number,
  options: GradientOptions = {},
): ImageGradient {
  return gradientWith(sobelSmooth, image, width, height, options);
}

/** Length of the gradient, per pixel. */
export function gradientMagnitude(gradient: ImageGradient, out?: Float32Array): Float32Array {
  const magnitude = out ?? new Float32Array(gradient.x.length);
  for (let i = 0; i < magnitude.length; i++) magnitude[i] = Math.hypot(gradient.x[i]!, gradient.y[i]!);
  return magnitude;
}
