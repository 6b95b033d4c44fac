import type { Primitive, Tensor } from "../primitive.ts";
import { resolveAxes, stridesOf } from "../shape.ts";
import { mul, sub } from "./arithmetic.ts";
import { sum } from "./reduction.ts";

const softmaxPrimitive: Primitive<{ axis: number }, readonly [Tensor]> = {
  name: "softmax",
  gradient: ({ attributes: { axis } }, output, seed) => {
    const inner = sum(mul(seed, output), { axes: [axis], keepDims: true });
    return [mul(output, sub(seed, inner))];
  },
  evaluate: ({ inputs: [x], attributes: { axis } }, [values]) => {
    const out = new Float64Array(values.length);
    const stride = stridesOf(x.shape)[axis]!;
    const extent = x.shape[axis]!;
    for (let i = 0; i < values.length; i++) {
      if (Math.floor(i / stride) % extent !== 0) continue;
      const line = Array.from({ length: extent }, (_, k) => i + k * stride);
      const largest = Math.max(...line.map((k) => values[k]!));
      const total = line.reduce((running, k) => running + Math.exp(values[k]! - largest), 0);
      for (const k of line) out[k] = Math.exp(values[k]! - largest) / total;
    }
    return out;
  },
  lower: ({ attributes: { axis } }, [x], emitter) =>
    emitter.emit("Softmax", [x], { attributes: { axis: { int: axis } } }),
};

/** exp(x) divided by its sum along one axis (default the last). */
export function softmax(x: Tensor, axis = -1): Tensor {
  const [at = 0] = resolveAxes("softmax", x.shape, [axis]);
  return x.graph.apply(softmaxPrimitive, [x], { axis: at }, x.shape);
}
