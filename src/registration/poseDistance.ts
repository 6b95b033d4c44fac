import { type Mat4, compose, transformPoint } from "../geometry/mat4.ts";
import { invertRigid } from "../geometry/se3.ts";
import { type Vec3, distance } from "../geometry/vec3.ts";

/**
 * How far apart two camera poses put the anatomy around a pivot: mean movement (mm) of the eight corners of
 * a cube of half side `reachMm` about it. No true pose is involved.
 */
export function poseDistanceMm(a: Mat4, b: Mat4, pivot: Vec3, reachMm = 50): number {
  const bFromA = compose(b, invertRigid(a));
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const point: Vec3 = [
      pivot[0] + (corner & 1 ? reachMm : -reachMm),
      pivot[1] + (corner & 2 ? reachMm : -reachMm),
      pivot[2] + (corner & 4 ? reachMm : -reachMm),
    ];
    sum += distance(point, transformPoint(bFromA, point));
  }
  return sum / 8;
}
