import { usageError } from "../../errors.ts";
import type { Tensor } from "../primitive.ts";
import { formatShape, sameShape } from "../shape.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { concat, reshape, sliceAxis } from "./layout.ts";
import { sum } from "./reduction.ts";

/**
 * Solves A x = b for small positive definite systems: [n, k, k] and [n, k] -> [n, k]. Gauss-Jordan
 * elimination without pivoting, which is stable for such matrices, in k steps of whole-matrix operations;
 * made of other operations, it can be differentiated as often as they can.
 */
export function solveSymmetric(matrix: Tensor, vector: Tensor): Tensor {
  const [batch = 0, k = 0] = vector.shape;
  if (vector.shape.length !== 2 || !sameShape(matrix.shape, [batch, k, k])) {
    throw usageError({
      what: "solveSymmetric",
      got: `matrix ${formatShape(matrix.shape)}, vector ${formatShape(vector.shape)}`,
      expected: "[n, k, k] and [n, k]",
    });
  }
  const { graph } = matrix;
  let system = concat([matrix, reshape(vector, [batch, k, 1])], 2);
  for (let j = 0; j < k; j++) {
    const row = sliceAxis(system, 1, j, 1);
    const column = sliceAxis(system, 2, j, 1);
    const others = graph.constant(
      Array.from({ length: k }, (_, i) => (i === j ? 0 : 1)),
      [1, k, 1],
    );
    const scaled = div(row, sliceAxis(row, 2, j, 1));
    system = sub(system, mul(mul(column, others), scaled));
  }
  const unit = Array.from({ length: k * k }, (_, i) => (i % (k + 1) === 0 ? 1 : 0));
  const diagonal = sum(mul(sliceAxis(system, 2, 0, k), graph.constant(unit, [1, k, k])), { axes: [2] });
  return div(reshape(sliceAxis(system, 2, k, 1), [batch, k]), diagonal);
}
