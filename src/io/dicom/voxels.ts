import { throwIfAborted } from "../../errors.ts";
import type { Codecs } from "./codecs.ts";
import { type FrameSamples, decodeFrame } from "./decodeFrame.ts";
import type { Slice } from "./slice.ts";
import type { Stack } from "./stack.ts";
import { tags } from "./tags.ts";
import type { WarningList } from "./warnings.ts";

/** What padding outside the scanned circle becomes, in HU: air. */
const airHu = -1000;

type SliceValues = Int16Array | Float32Array;

export interface FillProgress {
  readonly signal?: AbortSignal;
  readonly onSlice?: (done: number, total: number) => void;
}

/**
 * Decodes a stack slice by slice into one array (never more than two decoded slices beside it).
 * Int16 as long as every value is a whole number that fits; Float32 from the first one that is not.
 */
export async function fillVoxels(
  stack: Stack,
  isHu: boolean,
  codecs: Codecs,
  warnings: WarningList,
  progress: FillProgress,
): Promise<SliceValues> {
  const { rows, columns } = stack.slices[0]!.format;
  const plane = rows * columns;
  const total = plane * stack.levels.length;
  const decoded = createDecodedSlices(stack.slices, isHu, codecs, warnings);
  let data: SliceValues = new Int16Array(total);
  let padded = 0;
  for (const [level, { slice, weight }] of stack.levels.entries()) {
    throwIfAborted(progress.signal);
    const below = await decoded.slice(slice);
    const values =
      weight === 0 ? below.values : mix(below.values, (await decoded.slice(slice + 1)).values, weight);
    if (data instanceof Int16Array && values instanceof Float32Array) data = Float32Array.from(data);
    data.set(values, level * plane);
    padded += below.padded;
    progress.onSlice?.(level + 1, stack.levels.length);
  }
  if (padded > 0) {
    const share = ((100 * padded) / total).toFixed(1);
    warnings.add(
      "pixel-padding",
      `${share} % of the voxels are ${tags.pixelPadding.label}; set to air, ${airHu} HU`,
    );
  }
  return data;
}

interface SliceResult {
  readonly values: SliceValues;
  readonly padded: number;
}

/** Decodes slices on demand and remembers the last two. */
function createDecodedSlices(
  slices: readonly Slice[],
  isHu: boolean,
  codecs: Codecs,
  warnings: WarningList,
): { slice(index: number): Promise<SliceResult> } {
  const recent = new Map<number, SliceResult>();
  return {
    slice: async (index) => {
      const known = recent.get(index);
      if (known) return known;
      const result = await decodeSlice(slices[index]!, isHu, codecs, warnings);
      for (const old of recent.keys()) if (old < index - 1) recent.delete(old);
      recent.set(index, result);
      return result;
    },
  };
}

async function decodeSlice(
  slice: Slice,
  isHu: boolean,
  codecs: Codecs,
  warnings: WarningList,
): Promise<SliceResult> {
  const { header, format, frames, frame } = slice;
  warnings.addAll(frame === 0 ? frames.warnings : []);
  const { samples, complete } = await decodeFrame(header, format, frames, frame, codecs);
  if (!complete) {
    const message = `${header.file}: the compressed slice does not end with its end mark and may be cut off`;
    warnings.add("codestream-truncated", message);
  }
  const scaled = isHu ? { ...slice } : { ...slice, padding: undefined };
  return rescaleToInt16(samples, scaled) ?? rescaleToFloat32(samples, scaled);
}

type Rescale = Pick<Slice, "slope" | "intercept" | "padding">;

/** Undefined as soon as a value does not fit. */
function rescaleToInt16(
  samples: FrameSamples,
  { slope, intercept, padding }: Rescale,
): SliceResult | undefined {
  if (!Number.isInteger(slope) || !Number.isInteger(intercept)) return undefined;
  const [low, high] = padding ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const values = new Int16Array(samples.length);
  let padded = 0;
  for (let i = 0; i < samples.length; i++) {
    const stored = samples[i]!;
    if (stored >= low && stored <= high) {
      values[i] = airHu;
      padded++;
      continue;
    }
    const value = stored * slope + intercept;
    if (value > 32767 || value < -32768) return undefined;
    values[i] = value;
  }
  return { values, padded };
}

function rescaleToFloat32(samples: FrameSamples, { slope, intercept, padding }: Rescale): SliceResult {
  const [low, high] = padding ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const values = new Float32Array(samples.length);
  let padded = 0;
  for (let i = 0; i < samples.length; i++) {
    const stored = samples[i]!;
    const isPadding = stored >= low && stored <= high;
    values[i] = isPadding ? airHu : stored * slope + intercept;
    if (isPadding) padded++;
  }
  return { values, padded };
}

function mix(below: SliceValues, above: SliceValues, weight: number): SliceValues {
  const whole = below instanceof Int16Array && above instanceof Int16Array;
  const out = whole ? new Int16Array(below.length) : new Float32Array(below.length);
  for (let i = 0; i < out.length; i++) {
    const value = (1 - weight) * below[i]! + weight * above[i]!;
    out[i] = whole ? Math.round(value) : value;
  }
  return out;
}
