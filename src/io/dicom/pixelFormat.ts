import { badInput } from "../../errors.ts";
import type { DicomHeader } from "./header.ts";
import { printable } from "./privacy.ts";
import { type DicomTag, tags } from "./tags.ts";
import { badValue, numberValue, textValue } from "./values.ts";

/** The Image Pixel module (PS3.3 C.7.6.3), checked: sizes are positive, bounded and consistent. */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samplesPerPixel: 1 | 3;
  /** Colour planes one after the other instead of interleaved. */
  readonly planar: boolean;
  readonly photometric: string;
  readonly bitsAllocated: 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
}

/** The largest picture that is read: 8192 x 8192. */
export const maxFramePixels: number = 2 ** 26;
/** More frames than any real acquisition has. */
const maxFrames = 100_000;

/** Whether the file carries an image at all (a report, a plan or a directory does not). */
export function hasPixels(header: DicomHeader): boolean {
  return header.set.elements[tags.pixelData.key] !== undefined;
}

/** Reads and checks the Image Pixel module; every lie is `bad-input` naming the tag. */
export function readPixelFormat(header: DicomHeader): PixelFormat {
  if (!hasPixels(header)) {
    throw badInput({
      what: `${header.file}: ${tags.pixelData.label}`,
      got: "none",
      expected: "an image",
      todo: "Reports, plans and DICOMDIR files hold no image: leave them out",
    });
  }
  const rows = required(header, tags.rows);
  const columns = required(header, tags.columns);
  if (rows < 1 || columns < 1 || rows * columns > maxFramePixels) {
    throw badValue(
      header,
      tags.rows,
      `${columns} x ${rows} pixels`,
      `a picture of 1 to ${maxFramePixels} pixels`,
    );
  }
  return { rows, columns, frames: frameCount(header), ...sampleLayout(header), ...bitLayout(header) };
}

function required(header: DicomHeader, tag: DicomTag): number {
  const value = numberValue(header, tag);
  if (value === undefined) throw badValue(header, tag, "nothing", "a value (the attribute is mandatory)");
  return value;
}

function frameCount(header: DicomHeader): number {
  const frames = numberValue(header, tags.numberOfFrames) ?? 1;
  if (!Number.isInteger(frames) || frames < 1 || frames > maxFrames) {
    throw badValue(header, tags.numberOfFrames, String(frames), `a whole number from 1 to ${maxFrames}`);
  }
  return frames;
}

function sampleLayout(header: DicomHeader): Pick<PixelFormat, "samplesPerPixel" | "planar" | "photometric"> {
  const samples = numberValue(header, tags.samplesPerPixel) ?? 1;
  const photometric = textValue(header, tags.photometricInterpretation) ?? "MONOCHROME2";
  if (samples !== 1 && samples !== 3) {
    throw badValue(header, tags.samplesPerPixel, String(samples), "1 (grey) or 3 (colour)");
  }
  const grey = photometric === "MONOCHROME1" || photometric === "MONOCHROME2";
  const colour = photometric === "RGB" || photometric.startsWith("YBR_");
  if (samples === 1 ? !grey : !colour) {
    const shown = `"${printable(photometric, 20)}" with ${samples} sample(s) per pixel`;
    throw badValue(header, tags.photometricInterpretation, shown, "MONOCHROME1 or MONOCHROME2, RGB or YBR");
  }
  const planar = samples === 3 && numberValue(header, tags.planarConfiguration) === 1;
  return { samplesPerPixel: samples, planar, photometric };
}

function bitLayout(
  header: DicomHeader,
): Pick<PixelFormat, "bitsAllocated" | "bitsStored" | "highBit" | "signed"> {
  const bitsAllocated = required(header, tags.bitsAllocated);
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    throw badValue(header, tags.bitsAllocated, String(bitsAllocated), "8, 16 or 32");
  }
  const bitsStored = numberValue(header, tags.bitsStored) ?? bitsAllocated;
  if (!Number.isInteger(bitsStored) || bitsStored < 1 || bitsStored > bitsAllocated) {
    throw badValue(header, tags.bitsStored, String(bitsStored), `1 to ${bitsAllocated} (BitsAllocated)`);
  }
  const highBit = numberValue(header, tags.highBit) ?? bitsStored - 1;
  if (!Number.isInteger(highBit) || highBit < bitsStored - 1 || highBit > bitsAllocated - 1) {
    throw badValue(header, tags.highBit, String(highBit), `${bitsStored - 1} to ${bitsAllocated - 1}`);
  }
  const representation = numberValue(header, tags.pixelRepresentation) ?? 0;
  if (representation !== 0 && representation !== 1) {
    throw badValue(header, tags.pixelRepresentation, String(representation), "0 (unsigned) or 1 (signed)");
  }
  return { bitsAllocated, bitsStored, highBit, signed: representation === 1 };
}
