import { badInput } from "../../errors.ts";
import { type Mat4, fromLinearTranslation } from "../../geometry/mat4.ts";
import { type Vec3, cross, normalise } from "../../geometry/vec3.ts";
import type { FormatWarning } from "../file.ts";
import type { ScalarType } from "../scalars.ts";
import { latin1, maxHeaderBytes, numbersOf } from "../textHeader.ts";

/** The fields of a MetaImage header by name, and where LOCAL data start. */
export interface MetaHeader {
  readonly fields: ReadonlyMap<string, string>;
  readonly dataStart: number;
}

/** Whether the bytes look like a MetaImage header: text with an `ElementDataFile` line or its first field. */
export function isMetaImage(bytes: Uint8Array): boolean {
  const text = latin1(bytes.subarray(0, 4096));
  return /^\s*(ObjectType|NDims|Comment|ObjectSubType)\s*=/.test(text) || /^ElementDataFile\s*=/m.test(text);
}

const synonyms: Readonly<Record<string, string>> = {
  Position: "Offset",
  Origin: "Offset",
  Orientation: "TransformMatrix",
  Rotation: "TransformMatrix",
  ElementByteOrderMSB: "BinaryDataByteOrderMSB",
};

/** Reads `Key = Value` lines up to and with ElementDataFile, which the format puts last. */
export function parseMetaHeader(bytes: Uint8Array, name: string): MetaHeader {
  const text = latin1(bytes.subarray(0, maxHeaderBytes));
  const last = /^[ \t]*ElementDataFile[ \t]*=[^\n]*(\n|$)/m.exec(text);
  if (!last) {
    throw badInput({
      what: `MetaImage header of ${name}`,
      got: "no ElementDataFile line",
      expected: '"ElementDataFile = LOCAL" or the name of the data file as last line',
    });
  }
  const dataStart = last.index + last[0].length;
  const fields = new Map<string, string>();
  for (const line of text.slice(0, dataStart).split(/\r?\n/)) {
    const equals = line.indexOf("=");
    const key = line.slice(0, Math.max(0, equals)).trim();
    if (key !== "") fields.set(synonyms[key] ?? key, line.slice(equals + 1).trim());
  }
  return { fields, dataStart };
}

export function metaField(header: MetaHeader, field: string, name: string): string {
  const value = header.fields.get(field);
  if (value === undefined) {
    throw badInput({
      what: `MetaImage header of ${name}`,
      got: `no field ${field}`,
      expected: "all basic fields",
    });
  }
  return value;
}

/** "True", "true", "1" and their opposites. */
export function metaFlag(header: MetaHeader, field: string, fallback: boolean): boolean {
  const value = header.fields.get(field);
  return value === undefined ? fallback : /^(t|1|y)/i.test(value);
}

const types: Readonly<Record<string, ScalarType>> = {
  MET_CHAR: "int8",
  MET_UCHAR: "uint8",
  MET_SHORT: "int16",
  MET_USHORT: "uint16",
  MET_INT: "int32",
  MET_UINT: "uint32",
  MET_LONG: "int32",
  MET_ULONG: "uint32",
  MET_LONG_LONG: "int64",
  MET_ULONG_LONG: "uint64",
  MET_FLOAT: "float32",
  MET_DOUBLE: "float64",
};

/** The element type; arrays, colours and several channels are refused. */
export function metaType(header: MetaHeader, name: string): ScalarType {
  const text = metaField(header, "ElementType", name);
  const channels = header.fields.get("ElementNumberOfChannels") ?? "1";
  const type = Object.hasOwn(types, text) ? types[text] : undefined;
  if (!type || Number(channels) !== 1) {
    throw badInput({
      what: `ElementType of ${name}`,
      got: `${text} with ${channels} channel(s)`,
      expected: `one channel of ${Object.keys(types).join(", ")}`,
    });
  }
  return type;
}

export interface MetaGrid {
  readonly dims: number[];
  readonly worldFromVoxel: Mat4;
  readonly spacingKnown: boolean;
  /** Fields that the grid came from. */
  readonly source: string;
}

/** Sizes and the affine (LPS mm, as ITK writes it): each triple of TransformMatrix is the direction of one axis. */
export function metaGrid(header: MetaHeader, name: string, warnings: FormatWarning[]): MetaGrid {
  const rank = numbersOf(metaField(header, "NDims", name), 1, "NDims", name)[0]!;
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= 10)) {
    throw badInput({ what: `NDims of ${name}`, got: String(rank), expected: "1 to 10" });
  }
  const dims = numbersOf(metaField(header, "DimSize", name), rank, "DimSize", name);
  const spacingText = header.fields.get("ElementSpacing") ?? header.fields.get("ElementSize");
  const spacing =
    spacingText === undefined ? dims.map(() => 1) : numbersOf(spacingText, rank, "ElementSpacing", name);
  const used = spacing.slice(0, 3);
  if (!used.every((s) => s !== 0)) {
    throw badInput({
      what: `ElementSpacing of ${name}`,
      got: spacing.join(" "),
      expected: "lengths other than 0 mm",
    });
  }
  const matrixText = header.fields.get("TransformMatrix");
  const matrix =
    matrixText === undefined ? undefined : numbersOf(matrixText, rank * rank, "TransformMatrix", name);
  const offsetText = header.fields.get("Offset");
  const offset = offsetText === undefined ? dims.map(() => 0) : numbersOf(offsetText, rank, "Offset", name);
  warnAboutRotationCentre(header, warnings);
  if (!matrix && !offsetText) {
    warnings.push({
      code: "no-orientation",
      message:
        "The header gives no orientation; axes are taken as Left, Posterior, Superior, the first voxel as the origin.",
    });
  }
  const axes = axisDirections(matrix, rank);
  const linear = [0, 1, 2].flatMap((row) => axes.map((axis, c) => axis[row]! * (used[c] ?? 1)));
  const origin: Vec3 = [offset[0] ?? 0, offset[1] ?? 0, offset[2] ?? 0];
  return {
    dims,
    worldFromVoxel: fromLinearTranslation(linear, origin),
    spacingKnown: spacingText !== undefined,
    source: ["TransformMatrix", "Offset", "ElementSpacing", "ElementSize"]
      .filter((field) => header.fields.has(field))
      .join(", "),
  };
}

function axisDirections(matrix: readonly number[] | undefined, rank: number): [Vec3, Vec3, Vec3] {
  const axis = (c: number): Vec3 => {
    if (!matrix) return [c === 0 ? 1 : 0, c === 1 ? 1 : 0, c === 2 ? 1 : 0];
    return [matrix[c * rank]!, matrix[c * rank + 1] ?? 0, rank > 2 ? matrix[c * rank + 2]! : 0];
  };
  const first = axis(0);
  const second = rank > 1 ? axis(1) : normalise(cross([0, 0, 1], first));
  return [first, second, rank > 2 ? axis(2) : normalise(cross(first, second))];
}

/** ITK and 3D Slicer read only matrix and offset; a centre of rotation would mean something else elsewhere. */
function warnAboutRotationCentre(header: MetaHeader, warnings: FormatWarning[]): void {
  const text = header.fields.get("CenterOfRotation");
  if (text !== undefined && text.split(/\s+/).some((part) => Number(part) !== 0)) {
    warnings.push({ code: "centre-of-rotation", message: "CenterOfRotation is ignored, as ITK does." });
  }
}
