import { emitPad, emitReshape, emitSlice, emitTranspose } from "../onnx/nodes.ts";
import type { Emitter } from "../primitive.ts";
import { sizeOf } from "../shape.ts";
import { type ConvGeometry, leftover } from "./convGeometry.ts";
import { convAttributes, emitConv } from "./convNode.ts";

/* How the convolution and its adjoint in x are written as ONNX, by what measured fastest. */

export function lowerConv(g: ConvGeometry, x: string, w: string, emitter: Emitter): string {
  return emitConv(emitter, x, w, { ...g, pads: [...g.before, ...g.after] });
}

/**
 * Adjoint in x. Stride one: a convolution with flipped, transposed weights, which runs on the fast
 * convolution kernels. Else ConvTranspose, except in 3D on WebGPU, which has none.
 */
export function lowerConvDx(g: ConvGeometry, y: string, w: string, emitter: Emitter): string {
  const strided = g.stride.some((step) => step > 1);
  if (!strided) return flippedConv(g, y, w, emitter);
  if (emitter.provider === "webgpu" && g.stride.length === 3) {
    return flippedConv(g, insertZeros(g, y, emitter), w, emitter);
  }
  const attributes = convAttributes({ ...g, pads: [...g.before, ...g.after] });
  return emitter.emit("ConvTranspose", [y, w], {
    attributes: { ...attributes, output_padding: { ints: leftover(g) } },
  });
}

/** y with stride - 1 zeros between its elements and the leftover after them. */
function insertZeros(g: ConvGeometry, y: string, emitter: Emitter): string {
  const lead = g.yShape.slice(0, 2);
  const space = g.yShape.slice(2);
  const apart = emitReshape(emitter, y, [...lead, ...space.flatMap((extent) => [extent, 1])]);
  const zeros = [0, 0, ...g.stride.flatMap((step) => [0, step - 1])];
  const padded = emitPad(
    emitter,
    apart,
    zeros.map(() => 0),
    zeros,
  );
  const spread = space.map((extent, axis) => extent * g.stride[axis]!);
  const joined = emitReshape(emitter, padded, [...lead, ...spread]);
  return emitSlice(emitter, joined, {
    axes: space.map((_, axis) => axis + 2),
    starts: space.map(() => 0),
    ends: space.map((extent, axis) => (extent - 1) * g.stride[axis]! + 1),
  });
}

function flippedConv(g: ConvGeometry, y: string, w: string, emitter: Emitter): string {
  const kernel = g.wShape.slice(2);
  const reach = kernel.map((taps, axis) => g.dilation[axis]! * (taps - 1));
  const rest = leftover(g);
  const before = reach.map((r, axis) => r - g.before[axis]!);
  const after = reach.map((r, axis) => r - g.after[axis]! + rest[axis]!);
  const pads = [...before, ...after].map((count) => Math.max(count, 0));
  const stride = kernel.map(() => 1);
  const [filters = 1, inside = 1] = g.wShape;
  const wShape = [g.groups * inside, filters / g.groups, ...kernel];
  const flipped = flippedWeights(g, w, emitter);
  const result = emitConv(emitter, y, flipped, { ...g, stride, pads, wShape });
  // More padding than the kernel reaches: the border of the result belongs to no input element.
  const excess = (counts: readonly number[]): number[] => [
    0,
    0,
    ...counts.map((count) => Math.min(count, 0)),
  ];
  return emitPad(emitter, result, excess(before), excess(after));
}

/** Weights [Co, Ci/g, K] as [Ci, Co/g, K] with the kernel reversed. */
function flippedWeights(g: ConvGeometry, w: string, emitter: Emitter): string {
  const [filters = 1, inside = 1, ...kernel] = g.wShape;
  const taps = sizeOf(kernel);
  const perGroup = filters / g.groups;
  const apart = emitReshape(emitter, w, [g.groups, perGroup, inside, taps]);
  const turned = perGroup === 1 || inside === 1 ? apart : emitTranspose(emitter, apart, [0, 2, 1, 3]);
  // Multiplying by the reversal matrix is exact and several times faster than a strided Slice.
  const reversal = Array.from({ length: taps * taps }, (_, i) =>
    i % taps === taps - 1 - Math.floor(i / taps) ? 1 : 0,
  );
  const flipped =
    taps === 1
      ? turned
      : emitter.emit("MatMul", [
          emitReshape(emitter, turned, [filters * inside, taps]),
          emitter.floats(reversal, [taps, taps]),
        ]);
  return emitReshape(emitter, flipped, [g.groups * inside, perGroup, ...kernel]);
}
