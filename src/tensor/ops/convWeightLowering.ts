import { emitConcat, emitPad, emitReshape, emitSlice, emitSum, emitTranspose } from "../onnx/nodes.ts";
import type { Emitter } from "../primitive.ts";
import { sizeOf } from "../shape.ts";
import { type ConvGeometry, leftover } from "./convGeometry.ts";
import { emitConv } from "./convNode.ts";
import { emitMatmul } from "./matmul.ts";

/* How the convolution's adjoint in its weights is written as ONNX, by what measured fastest. */

/** Adjoint in w: for every kernel tap the product of y with the shifted x, summed over space and batch. */
export function lowerConvDw(g: ConvGeometry, x: string, y: string, emitter: Emitter): string {
  const depthwise = g.groups > 1 && g.wShape[1] === 1;
  const groupedConv = emitter.provider !== "webgpu" || g.stride.length < 3;
  if (depthwise && groupedConv) return depthwiseDw(g, x, y, emitter);
  const [filters = 1, inside = 1, ...kernel] = g.wShape;
  const [batch = 1] = g.xShape;
  const { groups } = g;
  const points = sizeOf(g.yShape.slice(2));
  const taps = sizeOf(kernel);
  const perGroup = filters / groups;
  // Where weights outnumber the images' elements, the batch joins the sum inside the product.
  const joined = batch > 1 && points * (inside + perGroup) < inside * perGroup;
  const lead = joined ? [groups] : [batch, groups];
  const length = joined ? batch * points : points;
  const flat = (name: string, channels: number): string => {
    const apart = emitReshape(emitter, name, [batch, groups, channels, points]);
    if (!joined) return apart;
    return emitReshape(emitter, emitTranspose(emitter, apart, [1, 2, 0, 3]), [...lead, channels, length]);
  };
  const rank = lead.length + 2;
  const flatY = flat(y, perGroup);
  const product = (columns: string): string =>
    emitMatmul(emitter, { name: flatY, rank }, { name: columns, rank }, false, true);
  const overBatch = (x: string, axis: number): string =>
    lead.length === 1 || batch === 1 ? x : emitSum(emitter, x, [axis]);
  const columns = shiftedInputs(g, x, emitter).map((name) => flat(name, inside));
  // Few channels make thin products: then all taps go into one.
  if (inside * taps <= 32) {
    const all = overBatch(product(emitConcat(emitter, columns, rank - 2)), 0);
    const split = emitReshape(emitter, all, [filters, taps, inside]);
    return emitReshape(emitter, emitTranspose(emitter, split, [0, 2, 1]), g.wShape);
  }
  const shape = [1, joined ? 1 : batch, filters * inside];
  const each = columns.map((name) => emitReshape(emitter, product(name), shape));
  const total = emitReshape(emitter, overBatch(emitConcat(emitter, each, 0), 1), [taps, filters * inside]);
  return emitReshape(emitter, taps === 1 ? total : emitTranspose(emitter, total, [1, 0]), g.wShape);
}

/** For each kernel tap in order, the input elements it multiplies, in the output's layout. */
function shiftedInputs(g: ConvGeometry, x: string, emitter: Emitter): string[] {
  const output = g.yShape.slice(2);
  const kernel = g.wShape.slice(2);
  const rest = leftover(g);
  const zero = [0, 0];
  // Elements that no tap reaches are cut off (a negative pad), so that every tap fits.
  const after = g.after.map((count, axis) => count - rest[axis]!);
  if (kernel.every((taps) => taps === 1) && g.stride.every((step) => step === 1)) {
    return [emitPad(emitter, x, [...zero, ...g.before], [...zero, ...after])];
  }
  if (
    g.stride.length === 2 &&
    g.stride[0] === g.stride[1] &&
    g.stride[0] !== 1 &&
    emitter.provider !== "webgpu"
  ) {
    return shiftedPhases(g, x, after, emitter);
  }
  const padded = emitPad(emitter, x, [...zero, ...g.before], [...zero, ...after]);
  const axes = output.map((_, axis) => axis + 2);
  return tapOffsets(g).map((offset) =>
    emitSlice(emitter, padded, {
      axes,
      starts: offset,
      ends: offset.map((first, axis) => first + (output[axis]! - 1) * g.stride[axis]! + 1),
      steps: g.stride,
    }),
  );
}

/**
 * The same for images with a stride: SpaceToDepth parts the image into its phases once, then every tap
 * is a dense block of one phase. A Slice with steps reads memory element by element instead.
 */
function shiftedPhases(g: ConvGeometry, x: string, after: readonly number[], emitter: Emitter): string[] {
  const [batch = 1, channels = 1, ...input] = g.xShape;
  const [step = 1] = g.stride;
  const extents = input.map((extent, axis) => extent + g.before[axis]! + after[axis]!);
  const whole = extents.map((extent) => Math.ceil(extent / step) * step);
  const filled = after.map((count, axis) => count + whole[axis]! - extents[axis]!);
  const padded = emitPad(emitter, x, [0, 0, ...g.before], [0, 0, ...filled]);
  const parted = emitter.emit("SpaceToDepth", [padded], { attributes: { blocksize: { int: step } } });
  const phases = emitReshape(emitter, parted, [
    batch,
    step * step,
    channels,
    ...whole.map((extent) => extent / step),
  ]);
  return tapOffsets(g).map(([row = 0, column = 0]) => {
    const starts = [(row % step) * step + (column % step), Math.floor(row / step), Math.floor(column / step)];
    const sizes = [1, ...g.yShape.slice(2)];
    return emitSlice(emitter, phases, {
      axes: [1, 3, 4],
      starts,
      ends: starts.map((first, i) => first + sizes[i]!),
    });
  });
}

/** Position of every kernel tap in the padded input, in row-major order. */
function tapOffsets(g: ConvGeometry): number[][] {
  return g.wShape
    .slice(2)
    .reduce<number[][]>(
      (lists, taps, axis) =>
        lists.flatMap((list) => Array.from({ length: taps }, (_, k) => [...list, k * g.dilation[axis]!])),
      [[]],
    );
}

/**
 * Depthwise: each channel's gradient is a correlation of two images, so the whole is one grouped
 * convolution of x with y as its kernel, stride and dilation exchanged.
 */
function depthwiseDw(g: ConvGeometry, x: string, y: string, emitter: Emitter): string {
  const [batch = 1, channels = 1, ...input] = g.xShape;
  const [filters = 1, , ...kernel] = g.wShape;
  const output = g.yShape.slice(2);
  const rest = leftover(g);
  const after = g.after.map((count, axis) => count - rest[axis]!);
  const flatX = emitReshape(emitter, x, [1, batch * channels, ...input]);
  const excess = [0, 0, ...after.map((count) => Math.min(count, 0))];
  const cut = emitPad(
    emitter,
    flatX,
    excess.map(() => 0),
    excess,
  );
  const flatY = emitReshape(emitter, y, [batch * filters, 1, ...output]);
  const pads = [...g.before, ...after.map((count) => Math.max(count, 0))];
  const each = emitConv(emitter, cut, flatY, {
    ...{ stride: g.dilation, dilation: g.stride, groups: batch * channels, pads },
    wShape: [batch * filters, 1, ...output],
  });
  const total = emitSum(emitter, emitReshape(emitter, each, [batch, filters, ...kernel]), [0]);
  return emitReshape(emitter, total, g.wShape);
}
