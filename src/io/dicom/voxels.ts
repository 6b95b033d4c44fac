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
 * Decodes a stack slice by slice straight into one array. Int16 as long as every value is a whole
 * number that fits; Float32 from the first one that is not.
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
  let data: SliceValues = new Int16Array(0);
  let padded = 0;
  const decode = async (index: number): Promise<StoredSlice> => {
    const slice = stack.slices[index]!;
    const samples = await decodeSlice(slice, codecs, warnings);
    const [paddingLow, paddingHigh] = (isHu && slice.padding) || noPadding;
    return { samples, slope: slice.slope, intercept: slice.intercept, paddingLow, paddingHigh };
  };
  for (const [level, { slice, weight }] of stack.levels.entries()) {
    throwIfAborted(progress.signal);
    const parts = weight === 0 ? [await decode(slice)] : [await decode(slice), await decode(slice + 1)];
    // Only once a slice has decoded: before, its size is a claim of the header.
    if (level === 0) data = new Int16Array(plane * stack.levels.length);
    const target = (): SliceValues => data.subarray(level * plane, (level + 1) * plane);
    let found = writeLevel(parts, weight, target());
    if (found === undefined) {
      data = Float32Array.from(data);
      found = writeLevel(parts, weight, target());
    }
    padded += found ?? 0;
    progress.onSlice?.(level + 1, stack.levels.length);
  }
  if (padded > 0) {
    const share = ((100 * padded) / data.length).toFixed(1);
    warnings.add(
      "pixel-padding",
      `${share} % of the voxels are ${tags.pixelPadding.label}; set to air, ${airHu} HU`,
    );
  }
  return data;
}

/** Stored values with what turns them into HU. */
interface StoredSlice {
  readonly samples: FrameSamples;
  readonly slope: number;
  readonly intercept: number;
  readonly paddingLow: number;
  readonly paddingHigh: number;
}

const noPadding = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;

async function decodeSlice(slice: Slice, codecs: Codecs, warnings: WarningList): Promise<FrameSamples> {
  const { header, format, frames, frame } = slice;
  if (frame === 0) warnings.addAll(frames.warnings);
  const { samples, complete } = await decodeFrame(header, format, frames, frame, codecs);
  if (!complete) {
    const message = "A compressed slice does not end with its end mark and may be cut off";
    warnings.add("codestream-truncated", message);
  }
  return samples;
}

/** One slice, or (1 - weight) of the first and weight of the second; see `rescaleInto`. */
function writeLevel(parts: readonly StoredSlice[], weight: number, target: SliceValues): number | undefined {
  const padded = rescaleInto(parts[0]!, target);
  if (padded === undefined || !parts[1]) return padded;
  const above = target.slice();
  if (rescaleInto(parts[1], above) === undefined) return undefined;
  const whole = target instanceof Int16Array;
  for (let i = 0; i < target.length; i++) {
    const value = (1 - weight) * target[i]! + weight * above[i]!;
    target[i] = whole ? Math.round(value) : value;
  }
  return padded;
}

/** The number of padding pixels; undefined as soon as a value does not fit an Int16 target. */
function rescaleInto(stored: StoredSlice, target: SliceValues): number | undefined {
  const { samples, slope, intercept, paddingLow, paddingHigh } = stored;
  const whole = target instanceof Int16Array;
  if (whole && !(Number.isInteger(slope) && Number.isInteger(intercept))) return undefined;
  let padded = 0;
  for (let i = 0; i < target.length; i++) {
    const sample = samples[i]!;
    if (sample >= paddingLow && sample <= paddingHigh) {
      target[i] = airHu;
      padded++;
      continue;
    }
    const value = sample * slope + intercept;
    if (whole && (value > 32767 || value < -32768)) return undefined;
    target[i] = value;
  }
  return padded;
}
