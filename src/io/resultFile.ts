import * as v from "valibot";
import { type View, views } from "../geometry/carm.ts";
import { formatJson, parseJson, readShape } from "./jsonDocument.ts";
import { matrixRows } from "./poseFile.ts";

export const resultSchema = "sopi-result/1";
export const resultStatuses = ["converged", "max-iterations", "low-confidence", "aborted"] as const;
export const initialSources = ["file", "centre", "network", "dicom", "landmarks"] as const;

/** Nested rows of a matrix. */
export type Rows = readonly (readonly number[])[];

/** The document result.json; fields may be added, none is renamed or dropped. */
export interface ResultDocument {
  readonly schema: typeof resultSchema;
  readonly method: string;
  readonly status: (typeof resultStatuses)[number];
  readonly cameraFromWorld: Rows;
  readonly K: Rows;
  readonly image: {
    readonly width: number;
    readonly height: number;
    /** Columns were turned round on reading: column u of the file is column width - 1 - u of the camera. */
    readonly mirrored?: boolean | undefined;
  };
  readonly pose: {
    readonly rxDeg: number;
    readonly ryDeg: number;
    readonly rzDeg: number;
    readonly txMm: number;
    readonly tyMm: number;
    readonly tzMm: number;
  };
  readonly convention: "Mt.Mrx.Mry.Mrz";
  readonly view: View;
  readonly centreMm: readonly number[];
  readonly initial: { readonly cameraFromWorld: Rows; readonly source: (typeof initialSources)[number] };
  readonly similarity: {
    readonly name: string;
    readonly initial: number | null;
    readonly final: number | null;
  };
  readonly timings: {
    readonly loadMs: number;
    readonly initialiseMs: number;
    readonly refineMs: number;
    readonly totalMs: number;
  };
  readonly iterations: number;
  readonly evaluations: number;
  readonly seed: number;
  readonly backend: string;
  readonly version: string;
  readonly inputs: {
    readonly volume: { readonly sha256: string };
    readonly xray: { readonly sha256: string };
  };
  readonly trace: readonly unknown[];
}

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const row3 = v.tuple([finite, finite, finite]);
const input = v.object({
  sha256: v.pipe(v.string(), v.hexadecimal("a SHA-256 in hexadecimal"), v.length(64)),
});

const shape = v.looseObject({
  schema: v.literal(resultSchema),
  method: v.string(),
  status: v.picklist(resultStatuses),
  cameraFromWorld: matrixRows,
  K: v.tuple([row3, row3, row3]),
  image: v.object({ width: count, height: count, mirrored: v.optional(v.boolean()) }),
  pose: v.object({ rxDeg: finite, ryDeg: finite, rzDeg: finite, txMm: finite, tyMm: finite, tzMm: finite }),
  convention: v.literal("Mt.Mrx.Mry.Mrz"),
  view: v.picklist(views as readonly [View, ...View[]]),
  centreMm: row3,
  initial: v.object({ cameraFromWorld: matrixRows, source: v.picklist(initialSources) }),
  similarity: v.object({ name: v.string(), initial: v.nullable(finite), final: v.nullable(finite) }),
  timings: v.object({ loadMs: finite, initialiseMs: finite, refineMs: finite, totalMs: finite }),
  iterations: count,
  evaluations: count,
  seed: finite,
  backend: v.string(),
  version: v.string(),
  inputs: v.object({ volume: input, xray: input }),
  trace: v.array(v.unknown()),
});

/** Reads result.json; every field of the contract must be there. Errors name the field. */
export function parseResult(text: string, name = "result.json"): ResultDocument {
  return readShape(shape, parseJson(text, name), name);
}

/** Checks and writes result.json: two-space JSON, arrays of numbers on one line, a final line break. */
export function formatResult(result: ResultDocument, name = "result.json"): string {
  readShape(shape, result, name);
  return formatJson(result);
}
