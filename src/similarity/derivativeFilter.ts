/**
 * First derivatives in x and y per pixel: `sobel` smooths across (1 2 1)/4, `central` does not.
 * Both are (next - previous) / 2 along their direction.
 */
export type DerivativeKernel = "sobel" | "central";

/** Smoothing weights of the centre and the side lines. */
function lineWeights(kernel: DerivativeKernel): [centre: number, side: number] {
  return kernel === "sobel" ? [0.25, 0.125] : [0.5, 0];
}

/**
 * Writes dimage/dx and dimage/dy of the image starting at `from`; border pixels, whose support leaves the
 * image, are left as they are.
 */
export function filterDerivatives(
  image: Float32Array,
  from: number,
  width: number,
  height: number,
  kernel: DerivativeKernel,
  outX: Float32Array,
  outY: Float32Array,
  to = 0,
): void {
  const [centre, side] = lineWeights(kernel);
  for (let y = 1; y < height - 1; y++) {
    const row = from + y * width;
    let a0 = image[row - width]!;
    let a1 = image[row]!;
    let a2 = image[row + width]!;
    let b0 = image[row - width + 1]!;
    let b1 = image[row + 1]!;
    let b2 = image[row + width + 1]!;
    for (let x = 1, o = to + y * width + 1; x < width - 1; x++, o++) {
      const i = row + x + 1;
      const c0 = image[i - width]!;
      const c1 = image[i]!;
      const c2 = image[i + width]!;
      outX[o] = centre * (c1 - a1) + side * (c0 - a0 + c2 - a2);
      outY[o] = centre * (b2 - b0) + side * (a2 - a0 + c2 - c0);
      a0 = b0;
      a1 = b1;
      a2 = b2;
      b0 = c0;
      b1 = c1;
      b2 = c2;
    }
  }
}

/** A derivative image with a zero margin on both ends, so that the adjoint filter needs no border cases. */
export interface MarginImage {
  readonly buffer: Float64Array;
  /** The image itself, a view into `buffer`; its border pixels must stay 0. */
  readonly image: Float64Array;
}

export function createMarginImage(width: number, height: number): MarginImage {
  const margin = width + 1;
  const buffer = new Float64Array(width * height + 2 * margin);
  return { buffer, image: buffer.subarray(margin, margin + width * height) };
}

/**
 * Transpose of `filterDerivatives`: writes the sum of both transposed filters into `out`, borders included.
 */
export function adjointDerivatives(
  derivativeX: MarginImage,
  derivativeY: MarginImage,
  width: number,
  height: number,
  kernel: DerivativeKernel,
  out: Float32Array,
): void {
  const [centre, side] = lineWeights(kernel);
  const gx = derivativeX.buffer;
  const gy = derivativeY.buffer;
  for (let i = 0; i < width * height; i++) {
    // In the buffer the pixel above left of i lies at i, the pixel itself at i + width + 1.
    const above = i + 1;
    const at = above + width;
    const below = at + width;
    const alongX =
      centre * (gx[at - 1]! - gx[at + 1]!) +
      side * (gx[above - 1]! - gx[above + 1]! + gx[below - 1]! - gx[below + 1]!);
    const alongY =
      centre * (gy[above]! - gy[below]!) +
      side * (gy[above - 1]! - gy[below - 1]! + gy[above + 1]! - gy[below + 1]!);
    out[i] = alongX + alongY;
  }
}

/** Derivatives of n parameter images, one after the other as in the Jacobian they come from. */
export interface DerivativeJacobian {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** A filter for Jacobians of any number of images; its buffers are kept for the next call of that size. */
export function createJacobianFilter(
  width: number,
  height: number,
  kernel: DerivativeKernel,
): (jacobian: Float32Array) => DerivativeJacobian {
  let buffers = { x: new Float32Array(0), y: new Float32Array(0) };
  return (jacobian) => {
    const { length } = jacobian;
    if (buffers.x.length !== length) buffers = { x: new Float32Array(length), y: new Float32Array(length) };
    for (let at = 0; at < length; at += width * height) {
      filterDerivatives(jacobian, at, width, height, kernel, buffers.x, buffers.y, at);
    }
    return buffers;
  };
}
