/**
 * Weights of a filtered image: the minimum of the pixel weights over the filter's support, a rectangle
 * of radius (radiusX, radiusY) pixels; 0 where the support leaves the image. So a filtered pixel counts
 * only if every pixel it is made of counts (grey-scale erosion, separable minimum).
 */
export function erodeWeight(
  weight: Float32Array | undefined,
  width: number,
  height: number,
  radiusX: number,
  radiusY: number,
): Float32Array {
  const source = weight ?? new Float32Array(width * height).fill(1);
  const rows = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = radiusX; x < width - radiusX; x++) {
      let least = Infinity;
      for (let d = -radiusX; d <= radiusX; d++) least = Math.min(least, source[y * width + x + d]!);
      rows[y * width + x] = least;
    }
  }
  const out = new Float32Array(width * height);
  for (let y = radiusY; y < height - radiusY; y++) {
    for (let x = 0; x < width; x++) {
      let least = Infinity;
      for (let d = -radiusY; d <= radiusY; d++) least = Math.min(least, rows[(y + d) * width + x]!);
      out[y * width + x] = least;
    }
  }
  return out;
}
