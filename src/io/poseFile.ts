import * as v from "valibot";
import { badInput } from "../errors.ts";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { type Mat4, fromLinearTranslation, fromRows, linearPart, translationPart } from "../geometry/mat4.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { isRigid } from "../geometry/se3.ts";
import { orthonormalise } from "../geometry/so3.ts";
import { parseJson, readShape } from "./jsonDocument.ts";

/** A start pose and how it was written. */
export interface StartPose {
  readonly cameraFromWorld: Mat4;
  readonly form: "matrix" | "pose" | "result";
}

const finite = v.pipe(v.number(), v.finite());
const row = v.tuple([finite, finite, finite, finite]);

type Row = [number, number, number, number];

/** Four rows of four finite numbers. */
export const matrixRows: v.GenericSchema<[Row, Row, Row, Row]> = v.tuple([row, row, row, row]);

const matrixShape = v.object({ cameraFromWorld: matrixRows, schema: v.optional(v.string()) });
const poseShape = v.object({
  pose: v.object({ rxDeg: finite, ryDeg: finite, rzDeg: finite, txMm: finite, tyMm: finite, tzMm: finite }),
});

/**
 * Reads pose.json: `{cameraFromWorld}`, `{pose}` (theta in the given frame), or a result.json, whose matrix counts. The
 * matrix must be rigid to 1e-3; what rounding left over is removed. Errors name the field.
 */
export function parsePose(text: string, frame: CarmFrame, name = "pose.json"): StartPose {
  return poseFromJson(parseJson(text, name), frame, name);
}

/** The same from a parsed document. */
export function poseFromJson(document: unknown, frame: CarmFrame, name = "pose.json"): StartPose {
  const keys = document !== null && typeof document === "object" ? Object.keys(document) : [];
  if (keys.includes("cameraFromWorld")) {
    const { cameraFromWorld, schema } = readShape(matrixShape, document, name);
    const form = schema?.startsWith("sopi-result/") ? "result" : "matrix";
    return { cameraFromWorld: rigid(fromRows(cameraFromWorld), name), form };
  }
  if (keys.includes("pose")) {
    const { pose } = readShape(poseShape, document, name);
    return { cameraFromWorld: cameraFromPose(poseFromDegMm(pose), frame), form: "pose" };
  }
  throw badInput({
    what: name,
    got: keys.length > 0 ? `the fields ${keys.slice(0, 8).join(", ")}` : "no fields",
    expected: "cameraFromWorld (4x4), pose (rxDeg .. tzMm), or a result.json",
  });
}

function rigid(matrix: Mat4, name: string): Mat4 {
  if (!isRigid(matrix, 1e-3)) {
    throw badInput({
      what: `${name}: field "cameraFromWorld"`,
      got: "a matrix that is not a rigid motion",
      expected: "[R t; 0 0 0 1] with orthonormal R of determinant +1",
    });
  }
  return fromLinearTranslation(orthonormalise(linearPart(matrix)), translationPart(matrix));
}
