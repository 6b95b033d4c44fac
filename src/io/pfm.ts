import { badInput } from "../errors.ts";
import { type Radiograph, createRadiograph } from "../image/radiograph.ts";
import type { DecodedRadiograph, ReadRadiographOptions } from "./decoded.ts";
import { encodeScalars } from "./encodeScalars.ts";
import type { FileBytes } from "./file.ts";
import { checkedCount, decodeScalars, requireBytes } from "./scalars.ts";
import { latin1 } from "./textHeader.ts";

/** "Pf" or "PF", width, height, scale, and exactly one blank before the data. */
const header = /^P([fF])\s+(\d{1,10})\s+(\d{1,10})\s+([-+]?[\d.eE+-]{1,30})(?:\r\n|\s)/;

export function isPfm(bytes: Uint8Array): boolean {
  return /^P[fF]\s+\d/.test(latin1(bytes.subarray(0, 16)));
}

/**
 * Reads a greyscale PFM. The first stored row is the top one, v = 0, as in every 2D format here (some programs store
 * the bottom row first). A negative scale means little-endian; its size is not applied.
 */
export function readPfm(file: FileBytes, options: ReadRadiographOptions = {}): DecodedRadiograph {
  const { name, bytes } = file;
  const match = header.exec(latin1(bytes.subarray(0, 200)));
  const scale = Number(match?.[4]);
  if (!match || !Number.isFinite(scale) || scale === 0) {
    throw badInput({
      what: `PFM header of ${name}`,
      got: JSON.stringify(latin1(bytes.subarray(0, 40))),
      expected: '"Pf", width, height and a scale that is not 0',
    });
  }
  if (match[1] === "F") {
    throw badInput({ what: `PFM ${name}`, got: "three colours (PF)", expected: "one channel (Pf)" });
  }
  const [width, height] = [Number(match[2]), Number(match[3])];
  const count = checkedCount([width, height], name);
  const offset = match[0].length;
  requireBytes(bytes, offset, count, "float32", name);
  const data = decodeScalars(bytes, offset, count, "float32", scale < 0) as Float32Array;
  const kind = options.kind ?? "unknown";
  return {
    radiograph: createRadiograph({ data, width, height, kind }, `X-ray ${name}`),
    warnings: [],
    format: "PFM",
  };
}

/** A little-endian greyscale PFM, top row first. */
export function writePfm(image: Pick<Radiograph, "data" | "width" | "height">): Uint8Array {
  const head = new TextEncoder().encode(`Pf\n${image.width} ${image.height}\n-1.0\n`);
  const { bytes } = encodeScalars(image.data);
  const file = new Uint8Array(head.length + bytes.length);
  file.set(head);
  file.set(bytes, head.length);
  return file;
}
