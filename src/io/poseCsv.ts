import { badInput } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { isRigid } from "../geometry/se3.ts";

/** The first three rows of cameraFromWorld (LPS mm), row by row; the columns of tables of poses, too. */
const columns = ["m00", "m01", "m02", "m03", "m10", "m11", "m12", "m13", "m20", "m21", "m22", "m23"] as const;

/** A pose as a table of one row, for spreadsheets and scripts; numbers in full. */
export function writePoseCsv(cameraFromWorld: Mat4): string {
  return `${columns.join(",")}\r\n${cameraFromWorld.slice(0, 12).join(",")}\r\n`;
}

/** Whether a text looks like such a table. */
export function isPoseCsv(text: string): boolean {
  return /^\uFEFF?(?:\w+,){0,20}m00,/.test(text);
}

/** The pose of a table with one row; columns may stand in any order, others are ignored. */
export function readPoseCsv(text: string, name = "pose.csv"): Mat4 {
  const [head = "", ...rest] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const rows = rest.filter((line) => line.trim() !== "");
  if (rows.length !== 1) {
    throw badInput({ what: name, got: `${rows.length} rows below the header`, expected: "one pose" });
  }
  const names = head.split(",").map((cell) => cell.trim());
  const cells = rows[0]!.split(",");
  const numbers = columns.map((column) => {
    const cell = cells[names.indexOf(column)]?.trim() ?? "";
    const value = cell === "" ? Number.NaN : Number(cell);
    if (Number.isFinite(value)) return value;
    throw badInput({ what: `${name}: ${column}`, got: `"${cell.slice(0, 40)}"`, expected: "a number" });
  });
  const cameraFromWorld = [...numbers, 0, 0, 0, 1];
  if (!isRigid(cameraFromWorld)) {
    throw badInput({
      what: name,
      got: "a matrix that is not a rigid motion",
      expected: "[R t], LPS mm to camera",
    });
  }
  return cameraFromWorld;
}
