import { usageError } from "../../errors.ts";
import { type Shape, formatShape } from "../shape.ts";

/** One number for every spatial axis, or one for each. */
export type PerAxis = number | readonly number[];

/** Options of a convolution. */
export interface ConvOptions {
  /** Default 1. */
  readonly stride?: PerAxis;
  /** Zeros before and after each axis (default 0); "same" keeps ceil(size / stride). */
  readonly padding?: PerAxis | "same";
  /** Distance of the kernel's taps (default 1). */
  readonly dilation?: PerAxis;
  /** Channels are split into so many groups that do not see each other (default 1). */
  readonly groups?: number;
}

/** A convolution's shapes and parameters, shared by it and its two adjoints. */
export type ConvGeometry = {
  /** [batch, channels, ...space]. */
  readonly xShape: Shape;
  /** [filters, channels / groups, ...kernel]. */
  readonly wShape: Shape;
  /** [batch, filters, ...space]. */
  readonly yShape: Shape;
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly groups: number;
};

/** Checks a convolution and works out its output; `op` names it in errors. */
export function convGeometry(op: string, xShape: Shape, wShape: Shape, options: ConvOptions): ConvGeometry {
  const groups = options.groups ?? 1;
  checkChannels(op, xShape, wShape, groups);
  const [input, kernel] = [xShape.slice(2), wShape.slice(2)];
  const stride = perAxis(op, "stride", options.stride ?? 1, input.length, 1);
  const dilation = perAxis(op, "dilation", options.dilation ?? 1, input.length, 1);
  const { before, after } = paddingOf(op, options.padding ?? 0, { input, kernel, stride, dilation });
  const output = input.map((extent, axis) => {
    const reach = dilation[axis]! * (kernel[axis]! - 1) + 1;
    return Math.floor((extent + before[axis]! + after[axis]! - reach) / stride[axis]!) + 1;
  });
  if (output.some((extent) => extent < 1)) {
    throw usageError({
      what: op,
      got: `a kernel ${formatShape(kernel)} with dilation ${formatShape(dilation)} on space ${formatShape(input)}`,
      expected: "a dilated kernel no larger than the padded input",
    });
  }
  const yShape = [xShape[0]!, wShape[0]!, ...output];
  return { xShape, wShape, yShape, stride, dilation, before, after, groups };
}

function checkChannels(op: string, xShape: Shape, wShape: Shape, groups: number): void {
  const [, channels = 0] = xShape;
  const [filters = 0, inside = 0] = wShape;
  const whole = Number.isInteger(groups) && groups >= 1 && filters % groups === 0;
  if (xShape.length === wShape.length && xShape.length >= 3 && whole && channels === inside * groups) return;
  throw usageError({
    what: op,
    got: `x ${formatShape(xShape)}, weights ${formatShape(wShape)}, groups ${groups}`,
    expected:
      "x [batch, channels, ...space] and weights [filters, channels / groups, ...kernel], filters divisible by groups",
  });
}

function perAxis(op: string, what: string, value: PerAxis, rank: number, least: number): number[] {
  const list = typeof value === "number" ? new Array<number>(rank).fill(value) : [...value];
  if (list.length !== rank || !list.every((entry) => Number.isInteger(entry) && entry >= least)) {
    throw usageError({
      what: `${op}: ${what}`,
      got: formatShape(list),
      expected: `an integer of at least ${least}, or ${rank} of them`,
    });
  }
  return list;
}

function paddingOf(
  op: string,
  padding: PerAxis | "same",
  space: Record<"input" | "kernel" | "stride" | "dilation", readonly number[]>,
): { before: number[]; after: number[] } {
  const { input, kernel, stride, dilation } = space;
  if (padding !== "same") {
    const each = perAxis(op, "padding", padding, input.length, 0);
    return { before: each, after: [...each] };
  }
  const total = input.map((extent, axis) => {
    const output = Math.ceil(extent / stride[axis]!);
    return Math.max(0, (output - 1) * stride[axis]! + dilation[axis]! * (kernel[axis]! - 1) + 1 - extent);
  });
  const before = total.map((count) => count >> 1);
  return { before, after: total.map((count, axis) => count - before[axis]!) };
}

/** Padded input elements at the end of each axis that no kernel position reaches. */
export function leftover(geometry: ConvGeometry): number[] {
  const { xShape, wShape, yShape, stride, dilation, before, after } = geometry;
  return stride.map((step, axis) => {
    const reach = step * (yShape[axis + 2]! - 1) + dilation[axis]! * (wShape[axis + 2]! - 1) + 1;
    return xShape[axis + 2]! + before[axis]! + after[axis]! - reach;
  });
}
