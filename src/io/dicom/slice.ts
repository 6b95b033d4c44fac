import { type Vec3, cross, dot, norm, normalise, scale, subtract } from "../../geometry/vec3.ts";
import type { FrameBytes } from "./frames.ts";
import { locateFrames } from "./frames.ts";
import { type FrameReaders, frameNumbers, frameReaders } from "./functionalGroups.ts";
import type { DicomHeader } from "./header.ts";
import { type PixelFormat, readPixelFormat } from "./pixelFormat.ts";
import { type DicomTag, tags } from "./tags.ts";
import { badValue, numberValue } from "./values.ts";

/** One axial picture of a series with its place in the patient (LPS, mm). */
export interface Slice {
  readonly header: DicomHeader;
  readonly format: PixelFormat;
  readonly frames: FrameBytes;
  /** Frame of the file, from 0. */
  readonly frame: number;
  /** Centre of the first stored pixel. */
  readonly positionMm: Vec3;
  /** Unit vectors towards the next column and the next row. */
  readonly columnAxis: Vec3;
  readonly rowAxis: Vec3;
  /** Distance between neighbouring columns and between neighbouring rows. */
  readonly pixelSpacingMm: readonly [number, number];
  readonly thicknessMm: number | undefined;
  readonly slope: number;
  readonly intercept: number;
  /** Stored values that mark pixels outside the scanned circle, inclusive. */
  readonly padding: readonly [number, number] | undefined;
}

/** Whether a file's pixels have a place in the patient: position and orientation are both there. */
export function isPlaced(header: DicomHeader): boolean {
  const readers = frameReaders(header, 1)[0]!;
  return (
    frameNumbers(readers, tags.imagePosition) !== undefined &&
    frameNumbers(readers, tags.imageOrientation) !== undefined
  );
}

/** Every frame of a file as a slice; missing or malformed geometry is `bad-input` naming the tag. */
export function readSlices(header: DicomHeader): Slice[] {
  const format = readPixelFormat(header);
  if (format.samplesPerPixel !== 1) {
    throw badValue(header, tags.samplesPerPixel, "a colour picture", "a grey slice (1 sample per pixel)");
  }
  const frames = locateFrames(header, format);
  const padding = readPadding(header, format);
  return frameReaders(header, format.frames).map((readers, frame) => ({
    header,
    format,
    frames,
    frame,
    padding,
    ...readPlane(readers),
    thicknessMm: frameNumbers(readers, tags.sliceThickness)?.[0],
    slope: readSlope(readers),
    intercept: frameNumbers(readers, tags.rescaleIntercept)?.[0] ?? 0,
  }));
}

function readPlane(
  readers: FrameReaders,
): Pick<Slice, "positionMm" | "columnAxis" | "rowAxis" | "pixelSpacingMm"> {
  const position = vector(readers, tags.imagePosition, 3);
  const orientation = vector(readers, tags.imageOrientation, 6);
  const spacing = vector(readers, tags.pixelSpacing, 2);
  const across: Vec3 = [orientation[0]!, orientation[1]!, orientation[2]!];
  const down: Vec3 = [orientation[3]!, orientation[4]!, orientation[5]!];
  const unit = Math.abs(norm(across) - 1) < 1e-2 && Math.abs(norm(down) - 1) < 1e-2;
  if (!unit || Math.abs(dot(across, down)) > 1e-2) {
    throw badValue(
      readers[0]!,
      tags.imageOrientation,
      orientation.join("\\"),
      "two unit vectors at right angles",
    );
  }
  if (!(spacing[0]! > 0 && spacing[1]! > 0)) {
    throw badValue(readers[0]!, tags.pixelSpacing, spacing.join("\\"), "two lengths above 0 mm");
  }
  const columnAxis = normalise(across);
  const rowAxis = normalise(subtract(down, scale(columnAxis, dot(columnAxis, down))));
  return {
    positionMm: [position[0]!, position[1]!, position[2]!],
    columnAxis,
    rowAxis,
    pixelSpacingMm: [spacing[1]!, spacing[0]!],
  };
}

function vector(readers: FrameReaders, tag: DicomTag, length: number): number[] {
  const values = frameNumbers(readers, tag);
  if (!values || values.length !== length) {
    throw badValue(readers[0]!, tag, values ? `${values.length} numbers` : "nothing", `${length} numbers`);
  }
  return values;
}

function readSlope(readers: FrameReaders): number {
  const slope = frameNumbers(readers, tags.rescaleSlope)?.[0] ?? 1;
  if (slope === 0) throw badValue(readers[0]!, tags.rescaleSlope, "0", "a factor other than 0");
  return slope;
}

/**
 * PixelPaddingValue and its optional limit. Files disagree on writing them as signed or unsigned, so
 * only their bits count, read the way the pixels are.
 */
function readPadding(header: DicomHeader, format: PixelFormat): Slice["padding"] {
  const first = numberValue(header, tags.pixelPadding);
  if (first === undefined) return undefined;
  const second = numberValue(header, tags.pixelPaddingLimit) ?? first;
  const asStored = (value: number): number =>
    format.bitsAllocated > 16 ? value : format.signed ? (value << 16) >> 16 : value & 0xffff;
  const values = [asStored(first), asStored(second)];
  return [Math.min(...values), Math.max(...values)];
}

/** The unit normal of a slice: column axis x row axis. */
export function sliceNormal(slice: Pick<Slice, "columnAxis" | "rowAxis">): Vec3 {
  return normalise(cross(slice.columnAxis, slice.rowAxis));
}
