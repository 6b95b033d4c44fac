import { badInput } from "../../errors.ts";
import { guessQuantity } from "../../image/quantity.ts";
import { createVolume } from "../../image/volume.ts";
import type { DecodedVolume, ReadVolumeOptions } from "../decoded.ts";
import type { FileBytes, FormatWarning } from "../file.ts";
import { inflate, isGzip } from "../inflate.ts";
import {
  type ScalarType,
  checkedCount,
  decodeScalars,
  requireBytes,
  rescaled,
  scalarBytes,
} from "../scalars.ts";
import { openSibling } from "../sibling.ts";
import { threeSizes } from "../volumeSize.ts";
import { type NiftiAffine, niftiAffine } from "./niftiAffine.ts";
import { type NiftiHeader, nifti2HeaderBytes, niftiScalarType, parseNiftiHeader } from "./niftiHeader.ts";

/**
 * Reads NIfTI-1 or NIfTI-2: .nii, .nii.gz, or the .hdr of a .hdr/.img pair (its .img through `sibling`).
 * Voxels are scaled by slope and intercept. Throws `bad-input` for anything else.
 */
export async function readNifti(file: FileBytes, options: ReadVolumeOptions = {}): Promise<DecodedVolume> {
  const { name, bytes } = file;
  const gzip = isGzip(bytes);
  const start = gzip ? inflate(bytes, { name, keepBytes: nifti2HeaderBytes, prefixOnly: true }) : bytes;
  const header = parseNiftiHeader(start, name);
  const type = niftiScalarType(header, name);
  const size = volumeSize(header, name);
  const warnings: FormatWarning[] = [];
  const offset = dataOffset(header, name, warnings);
  const source = header.pair ? await openPair(file) : file;
  const end = offset + checkedCount(size, name) * scalarBytes[type];
  const data = isGzip(source.bytes)
    ? inflate(source.bytes, { name: source.name, keepBytes: end })
    : source.bytes;
  const count = size[0] * size[1] * size[2];
  requireBytes(data, offset, count, type, source.name);
  const voxels = scaleVoxels(header, decodeScalars(data, offset, count, type, header.littleEndian), warnings);
  warnIfWidthDiffers(header, type, warnings);
  const affine = niftiAffine(header, size, name);
  const volume = createVolume(
    {
      data: voxels,
      size,
      worldFromVoxel: affine.worldFromVoxel,
      quantity: options.quantity ?? guessQuantity(voxels),
    },
    name,
  );
  return {
    volume,
    warnings: [...warnings, ...affine.warnings],
    format: `NIfTI-${header.version}${header.pair ? " pair" : ""}${gzip ? " (gzip)" : ""}`,
    spacingKnown: affine.method !== "pixdim",
    gridSource: gridSource(header, affine.method),
  };
}

function gridSource(header: NiftiHeader, method: NiftiAffine["method"]): string {
  if (method === "pixdim") return "pixdim; axes assumed";
  return method === "sform" ? `sform (code ${header.sformCode})` : `qform (code ${header.qformCode}), pixdim`;
}

/** Three sizes; further dimensions must be 1. */
function volumeSize(header: NiftiHeader, name: string): [number, number, number] {
  const rank = header.dim[0]!;
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= 7)) {
    throw badInput({ what: `Number of dimensions of ${name}`, got: String(rank), expected: "1 to 7" });
  }
  return threeSizes(header.dim.slice(1, 1 + rank), name);
}

/** First byte of the voxels; in a single file never inside the header. */
function dataOffset(header: NiftiHeader, name: string, warnings: FormatWarning[]): number {
  const offset = Math.floor(header.voxOffset);
  const least = header.pair ? 0 : header.version === 1 ? 352 : 544;
  if (!(offset >= 0 && offset < 2 ** 31)) {
    throw badInput({
      what: `Data offset of ${name}`,
      got: String(header.voxOffset),
      expected: "0 or more bytes",
    });
  }
  if (offset < least) {
    if (offset > 0) {
      warnings.push({
        code: "data-offset",
        message: `The data offset ${offset} lies inside the header; ${least} is used.`,
      });
    }
    return least;
  }
  return offset;
}

/** The .img beside a .hdr, compressed or not. */
async function openPair(file: FileBytes): Promise<FileBytes> {
  const base = file.name.replace(/\.hdr(\.gz)?$/i, "");
  const compressed = /\.gz$/i.test(file.name);
  const names = compressed ? [`${base}.img.gz`, `${base}.img`] : [`${base}.img`, `${base}.img.gz`];
  return openSibling(file, names, "voxels");
}

function scaleVoxels(
  header: NiftiHeader,
  voxels: ReturnType<typeof decodeScalars>,
  warnings: FormatWarning[],
): ReturnType<typeof decodeScalars> {
  const { slope, intercept } = header;
  if (slope === 0) return voxels;
  if (!Number.isFinite(slope) || !Number.isFinite(intercept)) {
    warnings.push({
      code: "scaling-ignored",
      message: "Slope or intercept is not a finite number; both are ignored.",
    });
    return voxels;
  }
  return rescaled(voxels, slope, intercept);
}

function warnIfWidthDiffers(header: NiftiHeader, type: ScalarType, warnings: FormatWarning[]): void {
  const bits = 8 * scalarBytes[type];
  if (header.bitpix !== bits) {
    warnings.push({
      code: "bitpix",
      message: `The header says ${header.bitpix} bits per voxel for a type of ${bits}; the type is believed.`,
    });
  }
}
