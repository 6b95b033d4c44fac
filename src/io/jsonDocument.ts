import * as v from "valibot";
import { badInput } from "../errors.ts";

/** Parses JSON text (with or without a byte-order mark); throws `bad-input` naming the document. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch (cause) {
    const got = text.trim() === "" ? "an empty document" : "text that is not JSON";
    throw badInput({ what: name, got, expected: "a JSON document", cause });
  }
}

/** The document in the shape of a schema; the error names the first field that does not fit. */
export function readShape<S extends v.GenericSchema>(
  schema: S,
  document: unknown,
  name: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, document);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const missing = issue.received === "undefined";
  const expected = issue.expected ?? issue.message;
  throw badInput({
    what: path === null ? name : `${name}: field "${path}"`,
    got: missing ? "nothing" : issue.received.slice(0, 80),
    expected: /^[a-z]/.test(issue.message) ? issue.message : expected,
  });
}

/** JSON with two spaces of indent, arrays of plain numbers on one line, and a final line break. */
export function formatJson(document: unknown): string {
  return `${formatted(JSON.parse(JSON.stringify(document)) as unknown, "")}\n`;
}

function formatted(value: unknown, indent: string): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    if (items.every((item) => typeof item === "number")) return `[${items.join(", ")}]`;
    return `[\n${items.map((item) => inner + formatted(item, inner)).join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value).map(
    ([key, field]) => `${inner}${JSON.stringify(key)}: ${formatted(field, inner)}`,
  );
  return fields.length === 0 ? "{}" : `{\n${fields.join(",\n")}\n${indent}}`;
}
