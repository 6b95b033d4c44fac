import * as v from "valibot";
import { views } from "../geometry/carm.ts";
import { parseLabels } from "../image/labels.ts";
import { type XrayPreset, xrayPresets } from "../phantoms/xray/xrayPhysics.ts";
import type { Protocol } from "./protocolTypes.ts";

const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9+._-]*$/i, "letters, digits and + . _ - only"));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0, "a number above 0"));
const notNegative = v.pipe(v.number(), v.finite(), v.minValue(0, "a number of at least 0"));
const count = v.pipe(v.number(), v.integer("a whole number"), v.minValue(1, "at least 1"));
const seed = v.pipe(v.number(), v.integer("a whole number"));
const labelList = v.pipe(v.string(), v.check(isLabelList, 'labels such as "27-31" or "lumbar"'));

const spreadFields = { rotationDeg: notNegative, inPlaneMm: notNegative, depthMm: notNegative };
const spread = v.object({ distribution: v.picklist(["uniform", "normal"]), ...spreadFields });

const offset = v.variant("distribution", [
  v.object({ distribution: v.literal("uniform"), ...spreadFields }),
  v.object({ distribution: v.literal("normal"), ...spreadFields }),
  v.object({
    distribution: v.literal("mtre-bins"),
    ...spreadFields,
    edgesMm: v.pipe(v.array(notNegative), v.minLength(2, "at least two edges")),
  }),
  v.object({ distribution: v.literal("centre") }),
]);

const volume = v.variant("kind", [
  v.object({ kind: v.literal("file"), path: v.string(), labels: v.string() }),
  v.object({
    kind: v.literal("phantom"),
    firstSeed: seed,
    count,
    field: v.exactOptional(v.picklist(["trunk", "lumbar"])),
    spacingMm: v.exactOptional(positive),
    size: v.exactOptional(v.tuple([count, count, count])),
  }),
]);

const physics = v.union([
  v.picklist(xrayPresets as readonly [XrayPreset, ...XrayPreset[]]),
  v.looseObject({ base: v.picklist(xrayPresets as readonly [XrayPreset, ...XrayPreset[]]) }),
]);

const row = v.object({
  name,
  volumes: v.pipe(v.array(volume), v.minLength(1, "at least one volume")),
  views: v.pipe(v.array(v.picklist(views)), v.minLength(1, "at least one view")),
  truth: spread,
  offset,
  physics: v.exactOptional(physics),
  mask: v.exactOptional(labelList),
});

const range = v.union([v.literal("auto"), v.object(spreadFields)]);
const method = v.strictObject({
  name,
  label: v.exactOptional(name),
  range: v.exactOptional(range),
  networks: v.exactOptional(v.record(v.string(), v.string())),
  initialiser: v.exactOptional(v.picklist(["network", "start"])),
  parts: v.exactOptional(
    v.object({ rtpi: v.boolean(), compositeEncoder: v.boolean(), embeddedLoss: v.boolean() }),
  ),
});

/** The shape of a protocol document; what it means stands with the `Protocol` type. */
export const protocolShape: v.GenericSchema<unknown, Protocol> = v.object({
  schema: v.literal("sopi-protocol/1"),
  name,
  title: v.string(),
  about: v.exactOptional(v.string()),
  seed,
  cases: count,
  quickCases: count,
  quickRows: v.exactOptional(v.array(name)),
  quickMethods: v.exactOptional(v.array(name)),
  geometry: v.unknown(),
  targetLevel: labelList,
  targets: v.object({ labels: labelList, stride: v.exactOptional(count) }),
  methods: v.pipe(v.array(method), v.minLength(1, "at least one method")),
  rows: v.pipe(v.array(row), v.minLength(1, "at least one row")),
});

function isLabelList(text: string): boolean {
  try {
    return parseLabels(text).length > 0;
  } catch {
    return false;
  }
}
