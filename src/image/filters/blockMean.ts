/** An image of means. */
export interface BlockMeans {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Means over whole blocks of factor x factor pixels; rows and columns that fill none are left out. Pixel (i, j) has
 * its centre at (factor i + (factor - 1) / 2, factor j + (factor - 1) / 2) of the given image.
 */
export function blockMean(
  image: ArrayLike<number>,
  width: number,
  height: number,
  factor: number,
): BlockMeans {
  const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
  const data = new Float32Array(w * h);
  const share = 1 / (factor * factor);
  for (let y = 0; y < h * factor; y++) {
    const row = w * Math.floor(y / factor);
    for (let i = 0, x = y * width; i < w; i++) {
      for (let d = 0; d < factor; d++, x++) data[row + i]! += image[x]! * share;
    }
  }
  return { data, width: w, height: h };
}
