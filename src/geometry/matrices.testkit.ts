import fc from "fast-check";
import type { Mat4 } from "./mat4.ts";
import { type Twist, expSe3 } from "./se3.ts";
import { expSo3 } from "./so3.ts";
import type { Vec3 } from "./vec3.ts";

const component = (limit: number): fc.Arbitrary<number> =>
  fc.double({ min: -limit, max: limit, noNaN: true });

/** A unit vector. */
export const unitVector: fc.Arbitrary<Vec3> = fc
  .tuple(component(1), component(1), component(1))
  .filter(([x, y, z]) => Math.hypot(x, y, z) > 0.1)
  .map(([x, y, z]) => {
    const length = Math.hypot(x, y, z);
    return [x / length, y / length, z / length] as const;
  });

/** Angles over the whole range, with the neighbourhoods of 0 and pi well represented. */
export const angleBelowPi: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: 0, max: Math.PI - 1e-6, noNaN: true }),
  fc.constantFrom(0, 1e-12, 1e-9, 1e-7, 9e-5, 1.1e-4, 9.9e-4, 1.01e-3),
  fc.constantFrom(1e-3, 5e-4, 1e-5, 1e-6).map((gap) => Math.PI - gap),
);

/** A rotation vector of length below pi. */
export const rotationVector: fc.Arbitrary<Vec3> = fc
  .tuple(unitVector, angleBelowPi)
  .map(([[x, y, z], angle]) => [x * angle, y * angle, z * angle] as const);

export const translation: fc.Arbitrary<Vec3> = fc.tuple(component(500), component(500), component(500));

export const twist: fc.Arbitrary<Twist> = fc
  .tuple(rotationVector, translation)
  .map(([w, v]) => [...w, ...v] as const);

export const rigidMotion: fc.Arbitrary<Mat4> = twist.map(expSe3);

export const rotation: fc.Arbitrary<readonly number[]> = rotationVector.map(expSo3);

/** Largest difference of two lists of numbers. */
export function apart(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}
