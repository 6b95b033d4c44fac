import * as v from "valibot";
import { badInput } from "../errors.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import type { FormatWarning } from "./file.ts";
import { parseJson, readShape } from "./jsonDocument.ts";
import { type Landmark, maxLandmarks } from "./landmark.ts";

const schema =
  "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#";

const finite = v.pipe(v.number(), v.finite());

const controlPoint = v.object({
  id: v.optional(v.string()),
  label: v.optional(v.string()),
  position: v.nullish(v.tuple([finite, finite, finite])),
  positionStatus: v.optional(v.string()),
});

const markup = v.object({
  type: v.string(),
  coordinateSystem: v.optional(v.picklist(["LPS", "RAS"]), "LPS"),
  coordinateUnits: v.optional(v.union([v.string(), v.array(v.string())]), "mm"),
  controlPoints: v.optional(v.pipe(v.array(controlPoint), v.maxLength(maxLandmarks)), []),
});

const documentShape = v.object({ markups: v.pipe(v.array(markup), v.maxLength(1000)) });

/**
 * Landmarks of a 3D Slicer markups file (.mrk.json), LPS mm whichever of LPS and RAS it is written in. Points that
 * were not placed are left out with a warning. Errors name the field.
 */
export function readMarkups(
  text: string,
  name = "markups file",
): { landmarks: Landmark[]; warnings: FormatWarning[] } {
  const { markups } = readShape(documentShape, parseJson(text, name), name);
  const warnings: FormatWarning[] = [];
  const landmarks: Landmark[] = [];
  for (const { coordinateSystem, coordinateUnits, controlPoints } of markups) {
    const unit = typeof coordinateUnits === "string" ? coordinateUnits : "mixed units";
    if (unit !== "mm") throw badInput({ what: `${name}: coordinateUnits`, got: `"${unit}"`, expected: "mm" });
    controlPoints.forEach(({ id, label, position, positionStatus }) => {
      const shown = (label ?? id ?? `point ${landmarks.length + 1}`).trim();
      if (!position || (positionStatus !== undefined && positionStatus !== "defined")) {
        warnings.push({
          code: "landmark-not-placed",
          message: `${name}: "${shown}" has no position and is left out`,
        });
        return;
      }
      landmarks.push({ label: shown, positionMm: lps(position, coordinateSystem) });
    });
  }
  return { landmarks, warnings };
}

function lps([x, y, z]: Vec3, system: "LPS" | "RAS"): Vec3 {
  return system === "LPS" ? [x, y, z] : [-x, -y, z];
}

/** A markups file with one list of points (LPS mm), as 3D Slicer 5 writes it. */
export function writeMarkups(landmarks: readonly Landmark[], name = "landmarks"): string {
  const controlPoints = landmarks.map(({ label, positionMm }, i) => ({
    id: String(i + 1),
    label,
    description: "",
    associatedNodeID: "",
    position: [...positionMm],
    orientation: [-1, 0, 0, 0, -1, 0, 0, 0, 1],
    selected: true,
    locked: false,
    visibility: true,
    positionStatus: "defined",
  }));
  const list = {
    type: "Fiducial",
    name,
    coordinateSystem: "LPS",
    coordinateUnits: "mm",
    locked: false,
    controlPoints,
  };
  return `${JSON.stringify({ "@schema": schema, markups: [list] }, undefined, 2)}\n`;
}
