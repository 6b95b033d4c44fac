import fc from "fast-check";
import { expect } from "vitest";
import type { Camera } from "./camera.ts";
import { type Mat4, transformPoint } from "./mat4.ts";
import { invertRigid } from "./se3.ts";
import type { Vec3 } from "./vec3.ts";

/** A camera without any symmetry. */
export const oddCamera: Camera = {
  ...{ width: 320, height: 256, sourceToDetectorMm: 1011.7 },
  ...{ pixelSpacingMm: [0.8, 0.75], principalPointPx: [150.25, 131] },
};

export const number = (low: number, high: number): fc.Arbitrary<number> =>
  fc.double({ min: low, max: high, noNaN: true, noDefaultInfinity: true });

/** Points in front of a camera, spread over its field of view and depth, in world mm. */
export function pointsBefore(cameraFromWorld: Mat4): Vec3[] {
  const worldFromCamera = invertRigid(cameraFromWorld);
  const inCamera: Vec3[] = [
    [0, 0, 700],
    [80, -60, 650],
    [-90, 40, 800],
    [30, 90, 500],
  ];
  return inCamera.map((point) => transformPoint(worldFromCamera, point));
}

/** Numbers that agree to so many digits after the point. */
export function expectClose(a: readonly number[], b: readonly number[], digits = 6): void {
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, digits));
}
