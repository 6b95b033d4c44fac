import { badInput } from "../errors.ts";
import { type Camera, projectPoint } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { type ImageLandmark, type Landmark, maxLandmarks } from "./landmark.ts";

/** A landmark with where it falls on the detector; NaN pixels lie behind the source. */
export interface ProjectedLandmark extends Landmark, ImageLandmark {
  /** Whether the pixel lies on the detector. */
  readonly inside: boolean;
}

/** Where landmarks fall on the detector. */
export function projectLandmarks(
  landmarks: readonly Landmark[],
  camera: Camera,
  cameraFromWorld: Mat4,
): ProjectedLandmark[] {
  return landmarks.map(({ label, positionMm }) => {
    const pixel = projectPoint(camera, cameraFromWorld, positionMm);
    const [u, v] = pixel;
    const inside = u >= -0.5 && u <= camera.width - 0.5 && v >= -0.5 && v <= camera.height - 0.5;
    return { label, positionMm, pixel, inside };
  });
}

const header = "label,x_lps_mm,y_lps_mm,z_lps_mm,u_px,v_px,inside";

/** Projected landmarks as CSV (RFC 4180), numbers in full. */
export function writeProjectedLandmarks(landmarks: readonly ProjectedLandmark[]): string {
  const rows = landmarks.map(({ label, positionMm, pixel, inside }) =>
    [quoted(label), ...positionMm, ...pixel, inside ? 1 : 0].join(","),
  );
  return `${[header, ...rows].join("\r\n")}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Landmarks from CSV with the columns label, x_lps_mm, y_lps_mm, z_lps_mm, or label, x_ras_mm and so on. */
export function readLandmarksCsv(text: string, name = "landmarks CSV"): Landmark[] {
  const table = readTable(text, name);
  const ras = table.columns.includes("x_ras_mm");
  const [x, y, z] = ["x", "y", "z"].map((axis) => column(table, `${axis}_${ras ? "ras" : "lps"}_mm`, name));
  const sign = ras ? -1 : 1;
  return table.rows.map((row, i) => ({
    label: labelOf(table, row, i),
    positionMm: [sign * x!(row, i), sign * y!(row, i), z!(row, i)],
  }));
}

/** Points in an X-ray from CSV with the columns label, u_px, v_px. */
export function readImageLandmarksCsv(text: string, name = "landmarks CSV"): ImageLandmark[] {
  const table = readTable(text, name);
  const [u, v] = ["u_px", "v_px"].map((key) => column(table, key, name));
  return table.rows.map((row, i) => ({ label: labelOf(table, row, i), pixel: [u!(row, i), v!(row, i)] }));
}

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function labelOf(table: Table, row: readonly string[], index: number): string {
  return row[table.columns.indexOf("label")]?.trim() || String(index + 1);
}

function column(table: Table, key: string, name: string): (row: readonly string[], index: number) => number {
  const at = table.columns.indexOf(key);
  if (at < 0) {
    const got = `the columns ${table.columns.slice(0, 12).join(", ")}`;
    throw badInput({ what: name, got, expected: `a column "${key}"` });
  }
  return (row, index) => {
    const word = row[at]?.trim() ?? "";
    const value = word === "" ? Number.NaN : Number(word);
    if (Number.isFinite(value)) return value;
    throw badInput({
      what: `${name}: row ${index + 1}, ${key}`,
      got: `"${word.slice(0, 40)}"`,
      expected: "a number",
    });
  };
}

function readTable(text: string, name: string): Table {
  const [first, ...rows] = splitCsv(text.replace(/^\uFEFF/, ""), name).filter((row) =>
    row.some((cell) => cell !== ""),
  );
  if (!first) throw badInput({ what: name, got: "no rows", expected: "a header and a row for each point" });
  return { columns: first.map((cell) => cell.trim().toLowerCase()), rows };
}

/** RFC 4180: commas, quotes doubled inside quotes, any line ending. */
function splitCsv(text: string, name: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let inQuotes = false;
  const endCell = (): void => {
    rows.at(-1)!.push(cell);
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (inQuotes) {
      if (character !== '"') cell += character;
      else if (text[i + 1] === '"') cell += text[++i];
      else inQuotes = false;
    } else if (character === '"') inQuotes = true;
    else if (character === ",") endCell();
    else if (character === "\n") {
      endCell();
      rows.push([]);
    } else if (character !== "\r") cell += character;
    if (rows.length > maxLandmarks + 1) {
      throw badInput({ what: name, got: "too many rows", expected: `at most ${maxLandmarks} points` });
    }
  }
  endCell();
  return rows;
}
