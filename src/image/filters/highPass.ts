import { boxBlur } from "./box.ts";

/**
 * The image without its wide structures: what is left of it after its local weighted mean (a box of `radius`
 * pixels either way, twice: near enough to a Gaussian, at the same cost for any width). Zero where there is no weight.
 */
export function highPass(
  image: Float32Array,
  weight: Float32Array | undefined,
  width: number,
  height: number,
  radius: number,
  out: Float32Array = new Float32Array(width * height),
): Float32Array {
  const blurred = (values: Float32Array): Float32Array =>
    boxBlur(boxBlur(values, width, height, radius), width, height, radius);
  const wide = blurred(weight ? image.map((value, p) => value * weight[p]!) : image);
  const covered = weight && blurred(weight);
  for (let p = 0; p < out.length; p++) {
    const live = !weight || weight[p]! > 0;
    out[p] = live ? image[p]! - wide[p]! / (covered ? Math.max(1e-3, covered[p]!) : 1) : 0;
  }
  return out;
}
