import type { DataSet, Element } from "dicom-parser";
import { badInput } from "../../errors.ts";
import { printable } from "./privacy.ts";
import type { DicomTag } from "./tags.ts";

/** Values longer than this are no header values; they are refused instead of being split. */
const maxValueBytes = 64 * 1024;

const binarySizes: Record<string, number> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 };

/** Reads attributes of one data set (the root or a sequence item), naming file and tag in errors. */
export interface AttributeReader {
  /** Name of the file for messages. */
  readonly file: string;
  readonly set: DataSet;
}

/** Whether the attribute is there with a value. */
export function hasValue(reader: AttributeReader, tag: DicomTag): boolean {
  const element = reader.set.elements[tag.key];
  return element !== undefined && element.length !== 0;
}

/** All values of a text attribute, trimmed; undefined when absent or empty. */
export function textValues(reader: AttributeReader, tag: DicomTag): string[] | undefined {
  const element = reader.set.elements[tag.key];
  if (!element || element.length === 0) return undefined;
  checkLength(reader, tag, element);
  const text = reader.set.string(tag.key);
  if (text === undefined || text.trim() === "") return undefined;
  return text.split("\\").map((value) => value.trim());
}

/** First value of a text attribute. */
export function textValue(reader: AttributeReader, tag: DicomTag): string | undefined {
  return textValues(reader, tag)?.[0] || undefined;
}

/** All values of a numeric attribute; undefined when absent or empty, `bad-input` when not numbers. */
export function numberValues(reader: AttributeReader, tag: DicomTag): number[] | undefined {
  const element = reader.set.elements[tag.key];
  if (!element || element.length === 0) return undefined;
  checkLength(reader, tag, element);
  const stored = element.vr;
  const vr =
    stored !== undefined && (stored in binarySizes || stored === "DS" || stored === "IS") ? stored : tag.vr;
  return vr in binarySizes ? binaryValues(reader, tag, element, vr) : decimalValues(reader, tag);
}

/** First value of a numeric attribute. */
export function numberValue(reader: AttributeReader, tag: DicomTag): number | undefined {
  return numberValues(reader, tag)?.[0];
}

/** Items of a sequence, each as a reader of its own; none when absent. */
export function sequenceItems(reader: AttributeReader, tag: DicomTag): AttributeReader[] {
  const items = reader.set.elements[tag.key]?.items ?? [];
  return items.flatMap((item) => (item.dataSet ? [{ file: reader.file, set: item.dataSet }] : []));
}

/** The error for an attribute whose value cannot be used. */
export function badValue(reader: AttributeReader, tag: DicomTag, got: string, expected: string): Error {
  return badInput({ what: `${reader.file}: ${tag.label}`, got, expected });
}

function checkLength(reader: AttributeReader, tag: DicomTag, element: Element): void {
  const end = element.dataOffset + element.length;
  if (element.length > maxValueBytes || end > reader.set.byteArray.length) {
    throw badValue(reader, tag, `a value of ${element.length} bytes`, "a short header value inside the file");
  }
}

function decimalValues(reader: AttributeReader, tag: DicomTag): number[] | undefined {
  const texts = textValues(reader, tag);
  if (!texts) return undefined;
  return texts.map((text) => {
    const value = text === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value))
      throw badValue(reader, tag, `"${printable(texts.join("\\"), 40)}"`, "numbers");
    return value;
  });
}

function binaryValues(reader: AttributeReader, tag: DicomTag, element: Element, vr: string): number[] {
  const size = binarySizes[vr]!;
  const count = Math.floor(element.length / size);
  if (count === 0) throw badValue(reader, tag, `${element.length} bytes`, `at least ${size} bytes`);
  return Array.from({ length: count }, (_, i) => binaryValue(reader.set, tag.key, vr, i)!);
}

function binaryValue(set: DataSet, key: string, vr: string, index: number): number | undefined {
  if (vr === "US") return set.uint16(key, index);
  if (vr === "SS") return set.int16(key, index);
  if (vr === "UL") return set.uint32(key, index);
  if (vr === "SL") return set.int32(key, index);
  return vr === "FL" ? set.float(key, index) : set.double(key, index);
}
