import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choleskySolve } from "./choleskySolve.ts";
import { symmetricEigen } from "./symmetricEigen.ts";

const entries = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 25, maxLength: 25 });

describe("symmetricEigen", () => {
  it("rebuilds the matrix from orthonormal vectors", () => {
    fc.assert(
      fc.property(entries, (raw) => {
        const n = 5;
        const a = new Float64Array(n * n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) a[i * n + j] = raw[i * n + j]! + raw[j * n + i]!;
        const { values, vectors } = symmetricEigen(a, n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let [rebuilt, gram] = [0, 0];
            for (let k = 0; k < n; k++) {
              rebuilt += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!;
              gram += vectors[k * n + i]! * vectors[k * n + j]!;
            }
            expect(rebuilt).toBeCloseTo(a[i * n + j]!, 9);
            expect(gram).toBeCloseTo(i === j ? 1 : 0, 10);
          }
        }
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it("finds the small eigenvalues of a badly scaled matrix to full relative precision", () => {
    // diag(1, 1e-6) [[1, .5], [.5, 1]] diag(1, 1e-6): determinant 0.75e-12, trace 1 + 1e-12.
    const { values } = symmetricEigen(Float64Array.of(1, 0.5e-6, 0.5e-6, 1e-12), 2);
    const small = Math.min(...values);
    expect(Math.abs(small / 0.75e-12 - 1)).toBeLessThan(1e-10);
  });
});

describe("choleskySolve", () => {
  it("solves a small system by hand, and refuses an indefinite one", () => {
    const b = Float64Array.of(8, 7);
    expect(choleskySolve(Float64Array.of(4, 2, 2, 3), b)).toBe(true);
    expect(b[0]).toBeCloseTo(1.25, 12);
    expect(b[1]).toBeCloseTo(1.5, 12);
    expect(choleskySolve(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toBe(false);
    expect(choleskySolve(Float64Array.of(Number.NaN, 0, 0, 1), Float64Array.of(1, 1))).toBe(false);
  });
});
