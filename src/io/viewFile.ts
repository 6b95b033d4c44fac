import * as v from "valibot";
import { badInput } from "../errors.ts";
import { type Camera, cameraFromMatrix } from "../geometry/camera.ts";
import { type CarmFrame, type View, views } from "../geometry/carm.ts";
import { cameraFromCarmAngles, parseCarmAngles } from "../geometry/carmAngles.ts";
import { viewFromDiffDrr } from "../geometry/diffDrr.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { viewFromPlastimatch } from "../geometry/plastimatch.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import { type CalibratedView, projectionFromDlt, viewFromProjection } from "../geometry/projectionMatrix.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { defaultSourceToDetectorMm } from "./geometryFile.ts";
import { parseJson, readShape } from "./jsonDocument.ts";
import { isPoseCsv, readPoseCsv } from "./poseCsv.ts";
import { poseFromJson } from "./poseFile.ts";
import { readTransformFile } from "./transformFile.ts";

/** How a view was written. */
export type ViewForm =
  | "matrix"
  | "pose"
  | "result"
  | "carmAngles"
  | "projection"
  | "dlt"
  | "plastimatch"
  | "diffDrr"
  | "tfm"
  | "csv";

/** What a document that gives only a pose has to be completed with. */
export interface ViewContext {
  /** The camera of poses, matrices, angles and transforms. */
  readonly geometry?: ImagingGeometry;
  /** The world point (LPS mm) on the isocentre at zero pose: the centre of the volume. */
  readonly centreMm?: Vec3;
}

export interface ReadView extends CalibratedView {
  readonly form: ViewForm;
  /** Column u of the picture, or of the program that the document comes from, is column width - 1 - u of the camera. */
  readonly mirrored: boolean;
  /** What a result or converted document says of its C-arm frame. */
  readonly stated: Partial<CarmFrame>;
}

const finite = v.pipe(v.number(), v.finite());
const point = v.tuple([finite, finite, finite]);
const pair = v.tuple([finite, finite]);
const length = v.pipe(v.number(), v.finite(), v.gtValue(0, "a length above 0 mm"));
const pixels = v.pipe(v.number(), v.integer("a whole number of pixels"), v.minValue(1), v.maxValue(65536));
const row4 = v.tuple([finite, finite, finite, finite]);
const row3 = v.tuple([finite, finite, finite]);

const size = { width: pixels, height: pixels, sourceToDetectorMm: v.optional(length) };
const projectionShape = v.object({ projection: v.tuple([row4, row4, row4]), ...size });
const dltShape = v.object({ dlt: v.pipe(v.array(finite), v.length(11)), ...size });
const resultShape = v.object({
  K: v.tuple([row3, row3, row3]),
  image: v.object({ width: pixels, height: pixels, mirrored: v.optional(v.boolean(), false) }),
  sourceToDetectorMm: v.optional(length),
});
const anglesShape = v.object({
  carmAngles: v.union([
    v.string(),
    v.object({ primaryDeg: finite, secondaryDeg: finite, rollDeg: v.optional(finite, 0) }),
  ]),
  isocentreMm: v.optional(point),
  sourceToIsocentreMm: v.optional(length),
});
const plastimatchShape = v.object({
  plastimatch: v.object({
    normal: point,
    viewUp: point,
    isocentreMm: point,
    sadMm: length,
    sidMm: length,
    sizePx: v.tuple([pixels, pixels]),
    sizeMm: v.tuple([length, length]),
    centrePx: v.optional(pair),
  }),
});
const diffDrrShape = v.object({
  diffDrr: v.object({
    orientation: v.picklist(["AP", "PA"]),
    rotationDeg: point,
    translationMm: point,
    isocentreMm: point,
    sddMm: length,
    height: pixels,
    width: pixels,
    delxMm: length,
    delyMm: length,
    x0Mm: v.optional(finite, 0),
    y0Mm: v.optional(finite, 0),
  }),
});

/**
 * Reads a view in any of the conventions that can be converted: `{"cameraFromWorld"}`, `{"pose"}`, a result.json,
 * `{"carmAngles"}`, `{"projection"}` (3x4), `{"dlt"}` (11 numbers), `{"plastimatch"}`, `{"diffDrr"}`, an ITK transform
 * file from the CT to the camera, or a pose.csv. What the form leaves open comes from the context. Errors name the field.
 */
export function parseView(text: string, context: ViewContext = {}, name = "view"): ReadView {
  if (text.startsWith("#Insight Transform File")) {
    const { fixedFromMoving } = readTransformFile(text, name);
    return { ...withCamera(fixedFromMoving, context, name), form: "tfm", mirrored: false, stated: {} };
  }
  if (isPoseCsv(text)) {
    const cameraFromWorld = readPoseCsv(text, name);
    return { ...withCamera(cameraFromWorld, context, name), form: "csv", mirrored: false, stated: {} };
  }
  const document = parseJson(text, name);
  const keys = document !== null && typeof document === "object" ? Object.keys(document) : [];
  for (const [key, read] of Object.entries(readers)) {
    if (!keys.includes(key)) continue;
    return { mirrored: false, stated: frameStatedIn(document, name), ...read(document, context, name) };
  }
  throw badInput({
    what: name,
    got: keys.length > 0 ? `the fields ${keys.slice(0, 8).join(", ")}` : "no fields",
    expected: `one of ${Object.keys(readers).join(", ")}`,
  });
}

type Reader = (
  document: unknown,
  context: ViewContext,
  name: string,
) => CalibratedView & { form: ViewForm; mirrored?: boolean };

/** Looked for in this order: the matrix is the truth where a document holds several forms. */
const readers: Readonly<Record<string, Reader>> = {
  cameraFromWorld: (document, context, name) => {
    const { cameraFromWorld, form } = poseFromJson(document, anyFrame, name);
    const own = cameraOfResult(document, name);
    if (!own) return { ...withCamera(cameraFromWorld, context, name), form };
    return { ...own, cameraFromWorld, form };
  },
  pose: (document, context, name) => {
    const { cameraFromWorld, form } = poseFromJson(document, frameOf(context, name), name);
    return { ...withCamera(cameraFromWorld, context, name), form };
  },
  carmAngles: (document, context, name) => {
    const shape = readShape(anglesShape, document, name);
    const angles =
      typeof shape.carmAngles === "string" ? parseCarmAngles(shape.carmAngles) : shape.carmAngles;
    const isocentreMm = shape.isocentreMm ?? context.centreMm;
    const sourceToIsocentreMm = shape.sourceToIsocentreMm ?? context.geometry?.sourceToIsocentreMm;
    if (!isocentreMm || sourceToIsocentreMm === undefined)
      throw needs(name, "isocentreMm and sourceToIsocentreMm");
    const cameraFromWorld = cameraFromCarmAngles(angles, { isocentreMm, sourceToIsocentreMm });
    return { ...withCamera(cameraFromWorld, context, name), form: "carmAngles" };
  },
  projection: (document, context, name) => {
    const shape = readShape(projectionShape, document, name);
    return { ...fromProjection(shape.projection.flat(), shape, context), form: "projection" };
  },
  dlt: (document, context, name) => {
    const shape = readShape(dltShape, document, name);
    return { ...fromProjection(projectionFromDlt(shape.dlt), shape, context), form: "dlt" };
  },
  plastimatch: (document, _, name) => {
    const { plastimatch } = readShape(plastimatchShape, document, name);
    const { centrePx, ...panel } = plastimatch;
    return { ...viewFromPlastimatch({ ...panel, ...(centrePx && { centrePx }) }), form: "plastimatch" };
  },
  diffDrr: (document, _, name) => {
    const { diffDrr } = readShape(diffDrrShape, document, name);
    return { ...viewFromDiffDrr(diffDrr), form: "diffDrr" };
  },
};

const frameShape = v.object({
  view: v.optional(v.picklist(views as readonly [View, ...View[]])),
  centreMm: v.optional(point),
  sourceToIsocentreMm: v.optional(length),
});

function frameStatedIn(document: unknown, name: string): Partial<CarmFrame> {
  const { view, centreMm, sourceToIsocentreMm } = readShape(frameShape, document, name);
  return {
    ...(view && { view }),
    ...(centreMm && { centreMm }),
    ...(sourceToIsocentreMm !== undefined && { sourceToIsocentreMm }),
  };
}

/** A matrix needs no frame to be read. */
const anyFrame: CarmFrame = { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 1 };

function cameraOfResult(document: unknown, name: string): { camera: Camera; mirrored: boolean } | undefined {
  if (!("K" in (document as object)) || !("image" in (document as object))) return undefined;
  const { K, image, sourceToDetectorMm } = readShape(resultShape, document, name);
  const sdd = sourceToDetectorMm ?? defaultSourceToDetectorMm;
  return { camera: cameraFromMatrix(K.flat(), image.width, image.height, sdd), mirrored: image.mirrored };
}

function fromProjection(
  p: readonly number[],
  shape: { width: number; height: number; sourceToDetectorMm?: number | undefined },
  context: ViewContext,
): CalibratedView {
  const { width, height } = shape;
  const sourceToDetectorMm =
    shape.sourceToDetectorMm ?? context.geometry?.camera.sourceToDetectorMm ?? defaultSourceToDetectorMm;
  const inFrontMm = context.centreMm;
  return viewFromProjection(p, { width, height, sourceToDetectorMm, ...(inFrontMm && { inFrontMm }) });
}

function withCamera(cameraFromWorld: Mat4, context: ViewContext, name: string): CalibratedView {
  if (!context.geometry) throw needs(name, "the geometry of the X-ray (--geometry)");
  return { camera: context.geometry.camera, cameraFromWorld };
}

function frameOf(context: ViewContext, name: string): CarmFrame {
  const { geometry, centreMm } = context;
  if (!geometry || !centreMm)
    throw needs(name, "the geometry of the X-ray (--geometry) and the CT or its centre (--ct, --centre)");
  return { view: geometry.view, sourceToIsocentreMm: geometry.sourceToIsocentreMm, centreMm };
}

function needs(name: string, what: string): Error {
  return badInput({ what: name, got: "a pose alone", expected: `also ${what}` });
}
