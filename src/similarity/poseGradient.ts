/**
 * Chains an image gradient with n parameter images: out[q] = sum_i imageGradient[i] x jacobian[q, i]. With
 * the projector's six twist derivatives the result is dValue/dxi, xi = (wx, wy, wz per radian, vx, vy, vz per
 * mm). `jacobian` holds the images one after the other; `out` (n numbers) is made when not given.
 */
export function poseGradient(
  imageGradient: Float32Array,
  jacobian: Float32Array,
  out: Float64Array = new Float64Array(jacobian.length / imageGradient.length),
): Float64Array {
  const pixels = imageGradient.length;
  for (let q = 0; q < out.length; q++) {
    const image = q * pixels;
    let even = 0;
    let odd = 0;
    let i = 0;
    for (; i + 1 < pixels; i += 2) {
      even += imageGradient[i]! * jacobian[image + i]!;
      odd += imageGradient[i + 1]! * jacobian[image + i + 1]!;
    }
    if (i < pixels) even += imageGradient[i]! * jacobian[image + i]!;
    out[q] = even + odd;
  }
  return out;
}
