import { badInput, usageError } from "../errors.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import { geometryFromJson } from "../io/geometryFile.ts";
import { parseJson, readShape } from "../io/jsonDocument.ts";
import { type XrayPhysics, xrayPhysics } from "../phantoms/xray/xrayPhysics.ts";
import { registrationMethod } from "../registration/methods.ts";
import { protocolShape } from "./protocolShape.ts";
import type { Protocol, ProtocolMethod, ProtocolRow } from "./protocolTypes.ts";

/** Checks a protocol document and fills in defaults; throws `bad-input` that names the field. */
export function protocolFromJson(document: unknown, documentName = "protocol.json"): Protocol {
  const protocol = readShape(protocolShape, document, documentName);
  geometryFromJson(protocol.geometry, `${documentName}: field "geometry"`);
  requireDistinct(
    protocol.rows.map((one) => one.name),
    `${documentName}: rows`,
  );
  requireDistinct(protocol.methods.map(methodLabel), `${documentName}: methods`);
  for (const one of protocol.methods) requireOwnNetworks(one, documentName);
  chosen(protocol.rows, (one) => one.name, protocol.quickRows, `${documentName}: quickRows`);
  chosen(protocol.methods, methodLabel, protocol.quickMethods, `${documentName}: quickMethods`);
  for (const one of protocol.rows) {
    rowPhysics(one);
    if (one.offset.distribution === "mtre-bins") requireRising(one.offset.edgesMm, documentName);
  }
  return protocol;
}

/** Reads the text of a protocol file. */
export function parseProtocol(text: string, documentName = "protocol.json"): Protocol {
  return protocolFromJson(parseJson(text, documentName), documentName);
}

function requireDistinct(names: readonly string[], what: string): void {
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw badInput({ what, got: `"${twice}" twice`, expected: "distinct names" });
}

function requireOwnNetworks({ name, networks = {} }: ProtocolMethod, documentName: string): void {
  const needs: readonly string[] = registrationMethod(name).needs ?? [];
  const stranger = Object.keys(networks).find((network) => !needs.includes(network));
  if (stranger === undefined) return;
  throw badInput({
    what: `${documentName}: networks of ${name}`,
    got: `"${stranger}"`,
    expected: needs.length > 0 ? needs.join(", ") : "none",
  });
}

function requireRising(edges: readonly number[], documentName: string): void {
  if (edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)) return;
  throw badInput({
    what: `${documentName}: field "edgesMm"`,
    got: edges.join(", "),
    expected: "rising numbers",
  });
}

/** The name under which a method's results stand: its label, or its own name. */
export function methodLabel(one: ProtocolMethod): string {
  return one.label ?? one.name;
}

/** The calibrated geometry of every X-ray of the protocol; the view comes from the case. */
export function protocolGeometry(protocol: Protocol): ImagingGeometry {
  return geometryFromJson(protocol.geometry, `${protocol.name}: field "geometry"`);
}

/** The physics of a row: a preset, or a preset with whole groups replaced or completed. */
export function rowPhysics(one: Pick<ProtocolRow, "physics">): XrayPhysics {
  const { physics = "default" } = one;
  if (typeof physics === "string") return xrayPhysics(physics);
  const { base, ...changes } = physics;
  const merged: Record<string, unknown> = { ...xrayPhysics(base) };
  for (const [key, value] of Object.entries(changes)) {
    const before = merged[key];
    const isGroup = (x: unknown): x is object => typeof x === "object" && x !== null && !Array.isArray(x);
    merged[key] = isGroup(before) && isGroup(value) ? { ...before, ...value } : value;
  }
  return xrayPhysics(merged as unknown as XrayPhysics);
}

/** What of a protocol is run this time. */
export interface ProtocolSelection {
  readonly rows?: readonly string[];
  readonly methods?: readonly string[];
  /** Cases per row. */
  readonly cases?: number;
}

/** The protocol with only the rows, methods and cases asked for; an unknown name is a usage error. */
export function selectFromProtocol(protocol: Protocol, selection: ProtocolSelection): Protocol {
  const rows = chosen(protocol.rows, (one) => one.name, selection.rows, "Row");
  const methods = chosen(protocol.methods, methodLabel, selection.methods, "Method");
  const { quickRows, quickMethods, ...rest } = protocol;
  const left = (names: readonly string[] | undefined, known: readonly string[]): string[] =>
    (names ?? []).filter((name) => known.includes(name));
  const quickRowsLeft = left(
    quickRows,
    rows.map((one) => one.name),
  );
  const quickMethodsLeft = left(quickMethods, methods.map(methodLabel));
  return {
    ...{ ...rest, rows, methods, cases: selection.cases ?? protocol.cases },
    ...(quickRowsLeft.length > 0 && { quickRows: quickRowsLeft }),
    ...(quickMethodsLeft.length > 0 && { quickMethods: quickMethodsLeft }),
  };
}

function chosen<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  wanted: readonly string[] | undefined,
  what: string,
): T[] {
  if (!wanted) return [...items];
  const known = items.map(nameOf);
  const stranger = wanted.find((one) => !known.includes(one));
  if (stranger !== undefined) {
    throw usageError({ what, got: `"${stranger}"`, expected: `some of ${known.join(", ")}` });
  }
  return items.filter((item) => wanted.includes(nameOf(item)));
}
