import { usageError } from "../../errors.ts";
import { emitTranspose } from "../onnx/nodes.ts";
import type { Emitter, Primitive, Tensor } from "../primitive.ts";
import { type Shape, broadcastIndices, broadcastShapes, formatShape, sizeOf } from "../shape.ts";
import { sumTo } from "./reduction.ts";

/** Which operands of a matrix product are taken transposed. */
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

type MatmulAttributes = { readonly transposeA: boolean; readonly transposeB: boolean };

const matmulPrimitive: Primitive<MatmulAttributes, readonly [Tensor, Tensor]> = {
  name: "matmul",
  gradient: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, _output, seed) => {
    const da = transposeA
      ? matmul(b, seed, { transposeA: transposeB, transposeB: true })
      : matmul(seed, b, { transposeB: !transposeB });
    const db = transposeB
      ? matmul(seed, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, seed, { transposeA: !transposeA });
    return [sumTo(da, a.shape), sumTo(db, b.shape)];
  },
  evaluate: ({ inputs: [a, b], attributes, shape }, [x, y]) => {
    const { rows, inner, columns } = matrixSize(a.shape, b.shape, attributes);
    const batch = shape.slice(0, -2);
    const offsetX = broadcastIndices(a.shape.slice(0, -2), batch);
    const offsetY = broadcastIndices(b.shape.slice(0, -2), batch);
    const [xi, xk] = attributes.transposeA ? [1, rows] : [inner, 1];
    const [yk, yj] = attributes.transposeB ? [1, inner] : [columns, 1];
    const out = new Float64Array(sizeOf(shape));
    for (let n = 0, at = 0; n < offsetX.length; n++) {
      const [x0, y0] = [offsetX[n]! * rows * inner, offsetY[n]! * inner * columns];
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, at++) {
          let total = 0;
          for (let k = 0; k < inner; k++) total += x[x0 + i * xi + k * xk]! * y[y0 + k * yk + j * yj]!;
          out[at] = total;
        }
      }
    }
    return out;
  },
  lower: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, [x, y], emitter) =>
    emitMatmul(
      emitter,
      { name: x, rank: a.shape.length },
      { name: y, rank: b.shape.length },
      transposeA,
      transposeB,
    ),
};

/** A value of known rank while writing ONNX. */
interface Ranked {
  readonly name: string;
  readonly rank: number;
}

/**
 * Writes a matrix product with optional transposition: one fused node where the runtime has it
 * (transposing costs a pass over memory), standard nodes for WebGPU.
 */
export function emitMatmul(
  emitter: Emitter,
  a: Ranked,
  b: Ranked,
  transposeA: boolean,
  transposeB: boolean,
): string {
  if (!transposeA && !transposeB) return emitter.emit("MatMul", [a.name, b.name]);
  if (emitter.provider !== "webgpu") {
    return emitter.emit("FusedMatMul", [a.name, b.name], {
      domain: "com.microsoft",
      attributes: { transA: { int: transposeA ? 1 : 0 }, transB: { int: transposeB ? 1 : 0 } },
    });
  }
  const turned = ({ name, rank }: Ranked, transposed: boolean): string => {
    if (!transposed) return name;
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    perm.push(...perm.splice(-2).reverse());
    return emitTranspose(emitter, name, perm);
  };
  return emitter.emit("MatMul", [turned(a, transposeA), turned(b, transposeB)]);
}

function matrixSize(
  a: Shape,
  b: Shape,
  { transposeA, transposeB }: MatmulAttributes,
): { rows: number; inner: number; innerB: number; columns: number } {
  const [aRows = 0, aColumns = 0] = a.slice(-2);
  const [bRows = 0, bColumns = 0] = b.slice(-2);
  return {
    rows: transposeA ? aColumns : aRows,
    inner: transposeA ? aRows : aColumns,
    innerB: transposeB ? bColumns : bRows,
    columns: transposeB ? bRows : bColumns,
  };
}

/** Matrix product over the last two axes, [..., m, k] x [..., k, n] -> [..., m, n]; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const attributes = { transposeA: options.transposeA ?? false, transposeB: options.transposeB ?? false };
  const { rows, inner, innerB, columns } = matrixSize(a.shape, b.shape, attributes);
  if (a.shape.length < 2 || b.shape.length < 2 || inner !== innerB) {
    const turned = (transposed: boolean): string => (transposed ? " transposed" : "");
    throw usageError({
      what: "matmul",
      got: `${formatShape(a.shape)}${turned(attributes.transposeA)} times ${formatShape(b.shape)}${turned(attributes.transposeB)}`,
      expected: "matrices with as many columns on the left as rows on the right",
    });
  }
  const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  return a.graph.apply(matmulPrimitive, [a, b], attributes, [...batch, rows, columns]);
}
