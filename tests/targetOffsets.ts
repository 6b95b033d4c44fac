import type { Vec3 } from "../src/geometry/vec3.ts";

/** Seven points about a centre (mm), in no plane and no symmetry: targets and landmarks of whole registrations. */
export const targetOffsets: readonly Vec3[] = [
  [0, 0, 60],
  [0, 45, 40],
  [35, 20, 20],
  [-35, 22, 0],
  [0, 50, -20],
  [5, -10, -50],
  [30, 25, -40],
];
