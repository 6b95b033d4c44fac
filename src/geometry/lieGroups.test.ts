import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { determinant3, identity3, invert3, multiply3, transform3, transpose3 } from "./mat3.ts";
import {
  compose,
  fromRows,
  identity4,
  invertAffine,
  multiply4,
  toRows,
  transformDirection,
  transformPoint,
} from "./mat4.ts";
import {
  apart,
  rigidMotion,
  rotation,
  rotationVector,
  translation,
  twist,
  unitVector,
} from "./matrices.testkit.ts";
import { type Twist, adjointSe3, expSe3, invertRigid, isRigid, logSe3 } from "./se3.ts";
import {
  expSo3,
  geodesicAngle,
  hat,
  leftJacobianSo3,
  logSo3,
  orthonormalise,
  rightJacobianSo3,
} from "./so3.ts";
import { type Vec3, add, cross, distance, dot, norm, normalise, scale, subtract } from "./vec3.ts";

const runs = { seed: 4, numRuns: 300 };

/** exp of any square matrix by its series with scaling and squaring: the definition, for comparison. */
function matrixExponential(a: readonly number[], n: number): number[] {
  const squarings = 20;
  const small = a.map((value) => value / 2 ** squarings);
  const multiply = (p: readonly number[], q: readonly number[]): number[] =>
    Array.from({ length: n * n }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += p[Math.floor(i / n) * n + k]! * q[k * n + (i % n)]!;
      return sum;
    });
  const eye: number[] = small.map((_, i) => (i % (n + 1) === 0 ? 1 : 0));
  let term = eye;
  let sum = eye;
  for (let k = 1; k < 12; k++) {
    term = multiply(term, small).map((value) => value / k);
    sum = sum.map((value, i) => value + term[i]!);
  }
  for (let s = 0; s < squarings; s++) sum = multiply(sum, sum);
  return sum;
}

describe("vectors", () => {
  it("cross, dot, norm and distance", () => {
    fc.assert(
      fc.property(translation, translation, (a, b) => {
        const c = cross(a, b);
        expect(Math.abs(dot(c, a))).toBeLessThan(1e-6 * (1 + norm(c) * norm(a)));
        expect(norm(c) ** 2 + dot(a, b) ** 2).toBeCloseTo(dot(a, a) * dot(b, b), -4);
        expect(distance(a, b)).toBeCloseTo(norm(subtract(a, b)), 9);
        expect(apart(add(a, scale(b, -1)), subtract(a, b))).toBe(0);
      }),
      runs,
    );
    expect(normalise([0, 0, 0])).toEqual([0, 0, 0]);
    expect(normalise([0, 3, 4])).toEqual([0, 0.6000000000000001, 0.8]);
  });
});

describe("SO(3)", () => {
  it("exp is the matrix exponential, orthonormal and right-handed", () => {
    fc.assert(
      fc.property(rotationVector, (w) => {
        const r = expSo3(w);
        expect(apart(r, matrixExponential(hat(w), 3))).toBeLessThan(1e-8);
        expect(apart(multiply3(transpose3(r), r), identity3)).toBeLessThan(1e-12);
        expect(determinant3(r)).toBeCloseTo(1, 12);
      }),
      runs,
    );
  });

  it("log undoes exp, near 0 and near pi too", () => {
    fc.assert(
      fc.property(rotationVector, (w) => {
        expect(apart(logSo3(expSo3(w)), w)).toBeLessThan(2e-8);
      }),
      runs,
    );
  });

  it("at exactly pi the axis is found up to its sign", () => {
    fc.assert(
      fc.property(unitVector, (axis) => {
        const w = logSo3(expSo3(scale(axis, Math.PI)));
        expect(norm(w)).toBeCloseTo(Math.PI, 7);
        expect(Math.abs(dot(w, axis))).toBeCloseTo(Math.PI, 6);
      }),
      runs,
    );
    expect(logSo3(identity3)).toEqual([0, 0, 0]);
  });

  it("left and right Jacobians by finite differences", () => {
    const h = 1e-6;
    fc.assert(
      fc.property(rotationVector, (w) => {
        const left = leftJacobianSo3(w);
        const right = rightJacobianSo3(w);
        for (let c = 0; c < 3; c++) {
          const shifted = (sign: number): Vec3 =>
            w.map((value, i) => value + (i === c ? sign * h : 0)) as unknown as Vec3;
          const [plus, minus] = [expSo3(shifted(1)), expSo3(shifted(-1))];
          const fromLeft = logSo3(multiply3(plus, transpose3(minus))).map((value) => value / (2 * h));
          const fromRight = logSo3(multiply3(transpose3(minus), plus)).map((value) => value / (2 * h));
          const column = (m: readonly number[]): number[] => [m[c]!, m[3 + c]!, m[6 + c]!];
          expect(apart(fromLeft, column(left))).toBeLessThan(1e-7);
          expect(apart(fromRight, column(right))).toBeLessThan(1e-7);
        }
      }),
      runs,
    );
  });

  it("geodesic angle: the angle between, symmetric and blind to a common rotation", () => {
    fc.assert(
      fc.property(rotation, rotationVector, rotation, (a, w, c) => {
        const b = multiply3(a, expSo3(w));
        expect(geodesicAngle(a, b)).toBeCloseTo(norm(w), 6);
        expect(geodesicAngle(b, a)).toBeCloseTo(norm(w), 6);
        expect(geodesicAngle(multiply3(c, a), multiply3(c, b))).toBeCloseTo(norm(w), 6);
      }),
      runs,
    );
  });

  it("orthonormalise gives the nearest rotation: its correction is symmetric", () => {
    fc.assert(
      fc.property(rotation, translation, translation, translation, (r, a, b, c) => {
        const noisy = r.map((value, i) => value + 1e-4 * [...a, ...b, ...c][i]!);
        const near = orthonormalise(noisy);
        expect(apart(multiply3(transpose3(near), near), identity3)).toBeLessThan(1e-12);
        const stretch = multiply3(transpose3(near), noisy);
        expect(apart(stretch, transpose3(stretch))).toBeLessThan(1e-12);
      }),
      runs,
    );
  });
});

describe("SE(3)", () => {
  const hat4 = ([x, y, z, a, b, c]: Twist): number[] => [0, -z, y, a, z, 0, -x, b, -y, x, 0, c, 0, 0, 0, 0];

  it("exp is the matrix exponential and rigid", () => {
    fc.assert(
      fc.property(twist, (xi) => {
        const m = expSe3(xi);
        expect(apart(m, matrixExponential(hat4(xi), 4))).toBeLessThan(1e-5);
        expect(isRigid(m, 1e-9)).toBe(true);
      }),
      runs,
    );
  });

  it("log undoes exp, near 0 and near pi too", () => {
    fc.assert(
      fc.property(twist, (xi) => {
        const back = logSe3(expSe3(xi));
        expect(apart(back.slice(0, 3), xi.slice(0, 3))).toBeLessThan(2e-8);
        expect(apart(back.slice(3), xi.slice(3))).toBeLessThan(2e-5);
      }),
      runs,
    );
  });

  it("adjoint: M exp(xi) M^-1 = exp(Ad(M) xi)", () => {
    const small = twist.map(
      (xi) => xi.map((value, i) => (i < 3 ? 0.3 * value : 0.1 * value)) as unknown as Twist,
    );
    fc.assert(
      fc.property(rigidMotion, small, (m, xi) => {
        const ad = adjointSe3(m);
        const moved = Array.from({ length: 6 }, (_, r) =>
          xi.reduce((sum, value, c) => sum + ad[6 * r + c]! * value, 0),
        );
        const left = compose(m, expSe3(xi), invertRigid(m));
        expect(apart(left, expSe3(moved as unknown as Twist))).toBeLessThan(1e-8 * 1000);
      }),
      runs,
    );
  });

  it("inverses: rigid, affine, and of a 3x3 matrix", () => {
    fc.assert(
      fc.property(rigidMotion, translation, (m, p) => {
        expect(apart(multiply4(m, invertRigid(m)), identity4)).toBeLessThan(1e-9);
        const stretched = m.map((value, i) => (i < 12 && i % 4 === 1 ? 3 * value : value));
        expect(apart(multiply4(stretched, invertAffine(stretched)), identity4)).toBeLessThan(1e-9);
        const there = transformPoint(m, p);
        expect(apart(transformPoint(invertRigid(m), there), p)).toBeLessThan(1e-9);
        expect(apart(subtract(there, transformPoint(m, [0, 0, 0])), transformDirection(m, p))).toBeLessThan(
          1e-9,
        );
        expect(apart(fromRows(toRows(m)), m)).toBe(0);
      }),
      runs,
    );
    const r = [2, 1, 0, 0, 3, 1, 1, 0, 4];
    expect(apart(multiply3(r, invert3(r)), identity3)).toBeLessThan(1e-15);
    expect(transform3(r, [1, 2, 3])).toEqual([4, 9, 13]);
  });

  it("isRigid refuses mirrors, scales, shears and anything not finite", () => {
    const m = expSe3([0.1, 0.2, 0.3, 1, 2, 3]);
    const change = (index: number, value: number): boolean =>
      isRigid(m.map((old, i) => (i === index ? value : old)));
    expect(isRigid(m)).toBe(true);
    expect(isRigid(m.map((value, i) => (i < 4 ? -value : value)))).toBe(false);
    expect(isRigid(m.map((value, i) => (i < 12 ? 1.01 * value : value)))).toBe(false);
    expect(change(15, 2)).toBe(false);
    expect(change(13, 0.1)).toBe(false);
    expect(change(3, Number.NaN)).toBe(false);
    expect(isRigid(m.slice(0, 12))).toBe(false);
  });
});
