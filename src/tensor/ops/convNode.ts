import { emitConcat, emitSlice } from "../onnx/nodes.ts";
import type { Emitter, OnnxAttribute } from "../primitive.ts";
import type { Shape } from "../shape.ts";

/** One ONNX convolution. */
export interface ConvNode {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Before each axis, then after each axis. */
  readonly pads: readonly number[];
  readonly groups: number;
  /** [filters, channels / groups, ...kernel]. */
  readonly wShape: Shape;
}

/** The attributes that Conv and ConvTranspose share. */
export function convAttributes(node: ConvNode): Record<string, OnnxAttribute> {
  return {
    kernel_shape: { ints: node.wShape.slice(2) },
    strides: { ints: node.stride },
    dilations: { ints: node.dilation },
    pads: { ints: node.pads },
    group: { int: node.groups },
  };
}

/**
 * Writes a convolution. ONNX Runtime 1.30 on WebGPU has no grouped convolution in 3D, and gives wrong
 * numbers for some grouped ones in 2D; there each group becomes a convolution of its own. Depthwise
 * ones in 1D and 2D are right and stay whole.
 */
export function emitConv(emitter: Emitter, x: string, w: string, node: ConvNode): string {
  const { groups, wShape } = node;
  const depthwise = wShape[1] === 1 && wShape.length < 5;
  if (emitter.provider !== "webgpu" || groups === 1 || depthwise) {
    return emitter.emit("Conv", [x, w], { attributes: convAttributes(node) });
  }
  const [filters = 1, inside = 1, ...kernel] = wShape;
  const perGroup = filters / groups;
  const part = (name: string, axis: number, count: number, group: number): string =>
    emitSlice(emitter, name, { axes: [axis], starts: [group * count], ends: [(group + 1) * count] });
  const single = { ...node, groups: 1, wShape: [perGroup, inside, ...kernel] };
  const parts = Array.from({ length: groups }, (_, group) =>
    emitter.emit("Conv", [part(x, 1, inside, group), part(w, 0, perGroup, group)], {
      attributes: convAttributes(single),
    }),
  );
  return emitConcat(emitter, parts, 1);
}
