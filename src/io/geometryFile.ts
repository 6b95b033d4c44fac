import * as v from "valibot";
import { badInput } from "../errors.ts";
import { type Camera, cameraFromMatrix, detectorCentre } from "../geometry/camera.ts";
import { type View, views } from "../geometry/carm.ts";
import { type ImagingGeometry, isocentreRatio, presetGeometry, presetNames } from "../geometry/presets.ts";
import { parseJson, readShape } from "./jsonDocument.ts";

/** Source-to-detector distance in mm assumed for `{K, width, height}` without one: that of the preset. */
export const defaultSourceToDetectorMm = 1011.7;

const length = v.pipe(v.number(), v.finite(), v.gtValue(0, "a length above 0 mm"));
const pixels = v.pipe(v.number(), v.integer("a whole number of pixels"), v.minValue(1), v.maxValue(65536));
const view = v.optional(v.picklist(views as readonly [View, ...View[]]));
const finite = v.pipe(v.number(), v.finite());

const detectorShape = v.object({
  width: pixels,
  height: pixels,
  pixelSpacingMm: v.tuple([length, length]),
  principalPointPx: v.optional(v.tuple([finite, finite])),
});

const fullShape = v.object({
  sourceToDetectorMm: length,
  sourceToIsocentreMm: v.optional(length),
  view,
  detector: detectorShape,
});

const row = v.tuple([finite, finite, finite]);
const matrixShape = v.object({
  K: v.tuple([row, row, row]),
  width: pixels,
  height: pixels,
  sourceToDetectorMm: v.optional(length),
  sourceToIsocentreMm: v.optional(length),
  view,
});

const presetShape = v.object({ preset: v.string(), view });

/**
 * Reads geometry.json: `{sourceToDetectorMm, detector, ...}`, `{K, width, height, ...}` or `{preset}`. Defaults:
 * view AP, principal point in the middle of the pixel grid, isocentre at 700 / 1011.7 of the source-to-detector
 * distance, and, for K alone, which has no length scale, that distance 1011.7 mm. Errors name the field.
 */
export function parseGeometry(text: string, name = "geometry.json"): ImagingGeometry {
  return geometryFromJson(parseJson(text, name), name);
}

/** The same from a parsed document. */
export function geometryFromJson(document: unknown, name = "geometry.json"): ImagingGeometry {
  const keys = document !== null && typeof document === "object" ? Object.keys(document) : [];
  if (keys.includes("preset")) {
    const { preset, view: chosen } = readShape(presetShape, document, name);
    return withView(presetGeometry(preset), chosen);
  }
  if (keys.includes("K")) return fromMatrix(document, name);
  if (keys.includes("detector") || keys.includes("sourceToDetectorMm")) return fromDistances(document, name);
  throw badInput({
    what: name,
    got: keys.length > 0 ? `the fields ${keys.slice(0, 8).join(", ")}` : "no fields",
    expected: `sourceToDetectorMm and detector; or K, width and height; or preset (${presetNames.join(", ")})`,
  });
}

function withView(geometry: ImagingGeometry, chosen: View | undefined): ImagingGeometry {
  return chosen ? { ...geometry, view: chosen } : geometry;
}

function fromDistances(document: unknown, name: string): ImagingGeometry {
  const { detector, ...rest } = readShape(fullShape, document, name);
  const { width, height, pixelSpacingMm, principalPointPx } = detector;
  const camera: Camera = {
    width,
    height,
    sourceToDetectorMm: rest.sourceToDetectorMm,
    pixelSpacingMm,
    principalPointPx: principalPointPx ?? detectorCentre(width, height),
  };
  return complete(camera, rest.sourceToIsocentreMm, rest.view, name);
}

function fromMatrix(document: unknown, name: string): ImagingGeometry {
  const shape = readShape(matrixShape, document, name);
  const { K, width, height, sourceToDetectorMm = defaultSourceToDetectorMm } = shape;
  const [, , last] = K;
  if (last[0] !== 0 || last[1] !== 0 || !(last[2] > 0)) {
    throw badInput({
      what: `${name}: field "K"`,
      got: `last row ${last.join(", ")}`,
      expected: "last row 0, 0, 1",
    });
  }
  const camera = cameraFromMatrix(K.flat(), width, height, sourceToDetectorMm);
  return complete(camera, shape.sourceToIsocentreMm, shape.view, name);
}

function complete(
  camera: Camera,
  sourceToIsocentre: number | undefined,
  chosen: View | undefined,
  name: string,
): ImagingGeometry {
  const sourceToIsocentreMm = sourceToIsocentre ?? isocentreRatio * camera.sourceToDetectorMm;
  if (sourceToIsocentreMm >= camera.sourceToDetectorMm) {
    throw badInput({
      what: `${name}: field "sourceToIsocentreMm"`,
      got: `${sourceToIsocentreMm} mm`,
      expected: `less than sourceToDetectorMm, ${camera.sourceToDetectorMm} mm`,
    });
  }
  return { camera, sourceToIsocentreMm, view: chosen ?? "AP" };
}

/** The document of a geometry, in the form with distances and detector. */
export function geometryDocument(geometry: ImagingGeometry): object {
  const { camera, sourceToIsocentreMm, view: chosen } = geometry;
  const { width, height, pixelSpacingMm, principalPointPx } = camera;
  return {
    sourceToDetectorMm: camera.sourceToDetectorMm,
    sourceToIsocentreMm,
    view: chosen,
    detector: { width, height, pixelSpacingMm, principalPointPx },
  };
}
