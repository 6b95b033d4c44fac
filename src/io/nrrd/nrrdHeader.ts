import { badInput } from "../../errors.ts";
import type { ScalarType } from "../scalars.ts";
import { latin1, maxHeaderBytes, numbersOf } from "../textHeader.ts";

/** The fields of an NRRD header by lower-case name, and where the data of an attached header start. */
export interface NrrdHeader {
  readonly fields: ReadonlyMap<string, string>;
  readonly dataStart: number;
}

/** Whether the bytes start as an NRRD file does. */
export function isNrrd(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, 7)) === "NRRD000";
}

/** Spellings of one field. */
const synonyms: Readonly<Record<string, string>> = {
  datafile: "data file",
  lineskip: "line skip",
  byteskip: "byte skip",
  centerings: "centers",
};

/** Reads the header up to its blank line; key/value pairs (`key:=value`) and comments are skipped. */
export function parseNrrdHeader(bytes: Uint8Array, name: string): NrrdHeader {
  if (!isNrrd(bytes)) {
    throw badInput({
      what: `NRRD header of ${name}`,
      got: JSON.stringify(latin1(bytes.subarray(0, 8))),
      expected: '"NRRD0001" to "NRRD0005"',
      todo: "The file is not NRRD, whatever its name says",
    });
  }
  const text = latin1(bytes.subarray(0, maxHeaderBytes));
  const end = /\r?\n\r?\n/.exec(text);
  if (!end && bytes.length > maxHeaderBytes) {
    throw badInput({
      what: `NRRD header of ${name}`,
      got: "no blank line in 1 MiB",
      expected: "a blank line at its end",
    });
  }
  const fields = new Map<string, string>();
  const lines = text
    .slice(0, end?.index ?? text.length)
    .split(/\r?\n/)
    .slice(1);
  for (const line of lines) {
    const match = /^([^:#][^:]*):(?!=)\s*(.*)$/.exec(line);
    if (!match) continue;
    const key = match[1]!.trim().toLowerCase();
    fields.set(synonyms[key] ?? key, match[2]!.trim());
  }
  return { fields, dataStart: end ? end.index + end[0].length : bytes.length };
}

/** A field that must be there. */
export function nrrdField(header: NrrdHeader, field: string, name: string): string {
  const value = header.fields.get(field);
  if (value === undefined) {
    throw badInput({
      what: `NRRD header of ${name}`,
      got: `no field "${field}"`,
      expected: "all basic fields",
    });
  }
  return value;
}

/** A number field with a default. */
export function nrrdNumber(header: NrrdHeader, field: string, fallback: number, name: string): number {
  const text = header.fields.get(field);
  return text === undefined ? fallback : numbersOf(text, 1, field, name)[0]!;
}

const typeNames: Readonly<Record<ScalarType, readonly string[]>> = {
  int8: ["signed char", "int8", "int8_t"],
  uint8: ["uchar", "unsigned char", "uint8", "uint8_t"],
  int16: ["short", "short int", "signed short", "signed short int", "int16", "int16_t"],
  uint16: ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"],
  int32: ["int", "signed int", "int32", "int32_t"],
  uint32: ["uint", "unsigned int", "uint32", "uint32_t"],
  int64: [
    "longlong",
    "long long",
    "long long int",
    "signed long long",
    "signed long long int",
    "int64",
    "int64_t",
  ],
  uint64: ["ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"],
  float16: [],
  float32: ["float"],
  float64: ["double"],
};

/** The element type; `block` and unknown names are refused. */
export function nrrdType(header: NrrdHeader, name: string): ScalarType {
  const text = nrrdField(header, "type", name).toLowerCase();
  for (const type of Object.keys(typeNames) as ScalarType[]) if (typeNames[type].includes(text)) return type;
  throw badInput({
    what: `Type of ${name}`,
    got: JSON.stringify(text),
    expected: "one number per voxel: char to double",
  });
}
