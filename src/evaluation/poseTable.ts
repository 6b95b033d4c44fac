import { badInput } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { isRigid } from "../geometry/se3.ts";

/** The result of another program on one case. */
export interface ForeignPose {
  /** "near/0003". */
  readonly caseId: string;
  readonly method: string;
  readonly cameraFromWorld: Mat4;
  readonly seconds: number | undefined;
  /** How many projections it rendered. */
  readonly drrs?: number | undefined;
}

const matrixColumns = ["m00", "m01", "m02", "m03", "m10", "m11", "m12", "m13", "m20", "m21", "m22", "m23"];

const optionalColumns = ["seconds", "drrs"];

/** Columns of the table: case, method, the first three rows of cameraFromWorld (LPS mm), seconds and DRRs if known. */
export const poseTableColumns: readonly string[] = ["case", "method", ...matrixColumns, ...optionalColumns];

/**
 * Reads a comma-separated table of poses; columns may stand in any order, others are ignored. Throws `bad-input`
 * that names the line.
 */
export function parsePoseTable(text: string, name = "poses.csv"): ForeignPose[] {
  const [head = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = head.split(",").map((cell) => cell.trim());
  const missing = poseTableColumns.find(
    (column) => !optionalColumns.includes(column) && !columns.includes(column),
  );
  if (missing !== undefined) {
    throw badInput({ what: name, got: `no column "${missing}"`, expected: poseTableColumns.join(",") });
  }
  return lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    const cells = line.split(",").map((cell) => cell.trim());
    return [poseOf((column) => cells[columns.indexOf(column)] ?? "", `${name}, line ${i + 2}`)];
  });
}

function poseOf(cell: (column: string) => string, where: string): ForeignPose {
  const numbers = matrixColumns.map((column) => (cell(column) === "" ? Number.NaN : Number(cell(column))));
  const cameraFromWorld = [...numbers, 0, 0, 0, 1];
  const [caseId, method] = [cell("case"), cell("method")];
  if (!/^[^/]+\/\d+$/.test(caseId) || method === "") {
    throw badInput({
      what: where,
      got: `case "${caseId}", method "${method}"`,
      expected: "row/0003 and a name",
    });
  }
  if (!isRigid(cameraFromWorld)) {
    throw badInput({
      what: where,
      got: "a matrix that is not a rigid motion",
      expected: "three rows of [R t], LPS millimetres to camera",
    });
  }
  const known = (column: string): number | undefined => {
    const value = cell(column) === "" ? Number.NaN : Number(cell(column));
    return Number.isFinite(value) ? value : undefined;
  };
  return { caseId, method, cameraFromWorld, seconds: known("seconds"), drrs: known("drrs") };
}
