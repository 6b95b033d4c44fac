import { usageError } from "../../errors.ts";
import type { Codecs } from "./codecs.ts";
import { type FrameSamples, decodeFrame } from "./decodeFrame.ts";
import type { FrameBytes } from "./frames.ts";
import type { DicomHeader } from "./header.ts";
import type { PixelFormat } from "./pixelFormat.ts";
import { tags } from "./tags.ts";
import { numberValue } from "./values.ts";
import type { WarningList } from "./warnings.ts";

/** One frame, or the mean of the frames first..last; counted from 1 as DICOM does. */
export type FrameChoice = number | { readonly first: number; readonly last: number };

/** The frames asked for, or the one the file recommends. */
export function chooseFrames(
  header: DicomHeader,
  { frames }: PixelFormat,
  choice: FrameChoice | undefined,
  warnings: WarningList,
): { first: number; last: number } {
  if (choice === undefined) {
    const stated = numberValue(header, tags.representativeFrame);
    const usable = stated !== undefined && Number.isInteger(stated) && stated >= 1 && stated <= frames;
    const first = usable ? stated : 1;
    if (frames > 1) {
      const why = usable ? ` (${tags.representativeFrame.label})` : "";
      warnings.add(
        "multi-frame",
        `${frames} frames; frame ${first} is used${why}. Choose others with --frame`,
      );
    }
    return { first, last: first };
  }
  const range = typeof choice === "number" ? { first: choice, last: choice } : choice;
  const whole = Number.isInteger(range.first) && Number.isInteger(range.last);
  if (whole && range.first >= 1 && range.first <= range.last && range.last <= frames) {
    return { first: range.first, last: range.last };
  }
  const got = range.first === range.last ? `${range.first}` : `${range.first} to ${range.last}`;
  throw usageError({ what: "Frame of the X-ray", got, expected: `1 to ${frames}` });
}

export interface FrameSource {
  readonly header: DicomHeader;
  readonly format: PixelFormat;
  readonly frames: FrameBytes;
  readonly codecs: Codecs;
}

/** Grey stored values of a frame, or their mean over several. */
export async function meanOfFrames(
  source: FrameSource,
  range: { first: number; last: number },
  warnings: WarningList,
): Promise<Float32Array> {
  const { header, format, frames, codecs } = source;
  const count = range.last - range.first + 1;
  // Only once a frame has decoded: before, its size is a claim of the header.
  let sum: Float64Array | undefined;
  for (let frame = range.first; frame <= range.last; frame++) {
    const { samples, complete } = await decodeFrame(header, format, frames, frame - 1, codecs);
    if (!complete) {
      const message = "The compressed picture does not end with its end mark and may be cut off";
      warnings.add("codestream-truncated", message);
    }
    sum ??= new Float64Array(format.rows * format.columns);
    addGrey(sum, samples, header, format);
  }
  if (format.samplesPerPixel === 3) warnings.add("colour-to-grey", "A colour picture was turned to grey");
  return Float32Array.from(sum ?? [], (value) => value / count);
}

/** Colours by ITU-R BT.601 luminance; uncompressed YBR holds the luminance in its first sample. */
function addGrey(sum: Float64Array, samples: FrameSamples, header: DicomHeader, format: PixelFormat): void {
  if (format.samplesPerPixel === 1) {
    for (let p = 0; p < sum.length; p++) sum[p]! += samples[p]!;
    return;
  }
  const decodedToRgb = header.syntax.encoding !== "native" && header.syntax.encoding !== "rle";
  const isRgb = decodedToRgb || format.photometric === "RGB";
  for (let p = 0; p < sum.length; p++) {
    const [r, g, b] = [samples[3 * p]!, samples[3 * p + 1]!, samples[3 * p + 2]!];
    sum[p]! += isRgb ? 0.299 * r + 0.587 * g + 0.114 * b : r;
  }
}
