import { type FrameReaders, frameNumbers } from "./functionalGroups.ts";
import type { FrameSamples } from "./decodeFrame.ts";
import { type DicomTag, tags } from "./tags.ts";
import { textValues } from "./values.ts";

/** Which pixels show the patient: 1 inside collimator and shutter, 0 outside. */
export interface ExposedArea {
  readonly mask: Uint8Array;
  /** Share of the pixels that are masked out, 0 to 1. */
  readonly hiddenShare: number;
  /** Where the borders came from. */
  readonly sources: readonly string[];
}

interface ShapeTags {
  readonly shape: DicomTag;
  readonly left: DicomTag;
  readonly right: DicomTag;
  readonly upper: DicomTag;
  readonly lower: DicomTag;
  readonly centre: DicomTag;
  readonly radius: DicomTag;
  readonly vertices: DicomTag;
}

const shutter: ShapeTags = {
  shape: tags.shutterShape,
  left: tags.shutterLeft,
  right: tags.shutterRight,
  upper: tags.shutterUpper,
  lower: tags.shutterLower,
  centre: tags.shutterCentre,
  radius: tags.shutterRadius,
  vertices: tags.shutterVertices,
};

const collimator: ShapeTags = {
  shape: tags.collimatorShape,
  left: tags.collimatorLeft,
  right: tags.collimatorRight,
  upper: tags.collimatorUpper,
  lower: tags.collimatorLower,
  centre: tags.collimatorCentre,
  radius: tags.collimatorRadius,
  vertices: tags.collimatorVertices,
};

/** More corners of a polygon than any shutter has. */
const maxVertices = 1000;

/**
 * The exposed area from the collimator (0018,1700) and shutter (0018,1600) attributes and from what is
 * burned into the pixels: a border region of one constant extreme value. Undefined where nothing is hidden.
 */
export function readExposedArea(
  readers: FrameReaders,
  samples: FrameSamples | Float32Array,
  width: number,
  height: number,
): ExposedArea | undefined {
  const mask = new Uint8Array(width * height).fill(1);
  const sources: string[] = [];
  for (const shapeTags of [collimator, shutter]) {
    for (const shape of textValues(readers[0]!, shapeTags.shape) ?? []) {
      const inside = insideTest(readers, shapeTags, shape);
      if (!inside) continue;
      hideOutside(mask, width, height, inside);
      sources.push(`${shapeTags.shape.label} ${shape}`);
    }
  }
  if (hideBurnedIn(mask, samples, width, height)) sources.push("constant border in the pixels");
  let hidden = 0;
  for (let p = 0; p < mask.length; p++) if (mask[p] === 0) hidden++;
  // Borders that hide everything are a mistake in the file; the whole picture is used then.
  if (hidden === 0 || hidden === mask.length) return undefined;
  return { mask, hiddenShare: hidden / mask.length, sources };
}

/** Column and row, counted from 1 as DICOM does. */
type InsideTest = (column: number, row: number) => boolean;

function insideTest(readers: FrameReaders, shapeTags: ShapeTags, shape: string): InsideTest | undefined {
  const one = (tag: DicomTag): number | undefined => frameNumbers(readers, tag)?.[0];
  if (shape === "RECTANGULAR") {
    const [left, right] = [one(shapeTags.left), one(shapeTags.right)];
    const [upper, lower] = [one(shapeTags.upper), one(shapeTags.lower)];
    if (left === undefined || right === undefined || upper === undefined || lower === undefined)
      return undefined;
    return (column, row) => column >= left && column <= right && row >= upper && row <= lower;
  }
  if (shape === "CIRCULAR") {
    const centre = frameNumbers(readers, shapeTags.centre);
    const radius = one(shapeTags.radius);
    if (centre?.length !== 2 || radius === undefined) return undefined;
    return (column, row) => (row - centre[0]!) ** 2 + (column - centre[1]!) ** 2 <= radius ** 2;
  }
  if (shape !== "POLYGONAL") return undefined;
  const vertices = frameNumbers(readers, shapeTags.vertices);
  if (!vertices || vertices.length < 6 || vertices.length > 2 * maxVertices) return undefined;
  return (column, row) => insidePolygon(vertices, column, row);
}

/** Even-odd rule; vertices are row, column pairs. */
function insidePolygon(vertices: readonly number[], column: number, row: number): boolean {
  let inside = false;
  const count = Math.floor(vertices.length / 2);
  for (let i = 0, j = count - 1; i < count; j = i++) {
    const [yi, xi] = [vertices[2 * i]!, vertices[2 * i + 1]!];
    const [yj, xj] = [vertices[2 * j]!, vertices[2 * j + 1]!];
    if (yi > row !== yj > row && column < ((xj - xi) * (row - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

function hideOutside(mask: Uint8Array, width: number, height: number, inside: InsideTest): void {
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p++) if (!inside(column + 1, row + 1)) mask[p] = 0;
  }
}

/**
 * Hides the region of one constant value that reaches in from the border, where at least three corners
 * have that value, it is the smallest or largest of the picture and covers over 1 % of it.
 */
function hideBurnedIn(
  mask: Uint8Array,
  samples: FrameSamples | Float32Array,
  width: number,
  height: number,
): boolean {
  const corners = [0, width - 1, (height - 1) * width, height * width - 1];
  const values = corners.map((corner) => samples[corner]!);
  const value = values.find((candidate) => values.filter((other) => other === candidate).length >= 3);
  if (value === undefined || !isExtreme(samples, value)) return false;
  const region = floodFromBorder(samples, value, width, height);
  if (region.count < 0.01 * samples.length || region.count === samples.length) return false;
  for (let p = 0; p < mask.length; p++) if (region.reached[p]) mask[p] = 0;
  return true;
}

function isExtreme(samples: FrameSamples | Float32Array, value: number): boolean {
  let below = false;
  let above = false;
  for (let p = 0; p < samples.length && !(below && above); p++) {
    below ||= samples[p]! < value;
    above ||= samples[p]! > value;
  }
  return below !== above;
}

/** Pixels of the value connected (by edges) to the picture's border. */
function floodFromBorder(
  samples: FrameSamples | Float32Array,
  value: number,
  width: number,
  height: number,
): { reached: Uint8Array; count: number } {
  const reached = new Uint8Array(samples.length);
  const queue = new Int32Array(samples.length);
  let count = 0;
  const visit = (p: number): void => {
    if (reached[p] || samples[p] !== value) return;
    reached[p] = 1;
    queue[count++] = p;
  };
  for (let column = 0; column < width; column++) {
    visit(column);
    visit((height - 1) * width + column);
  }
  for (let row = 0; row < height; row++) {
    visit(row * width);
    visit(row * width + width - 1);
  }
  for (let next = 0; next < count; next++) {
    const p = queue[next]!;
    const column = p % width;
    if (column > 0) visit(p - 1);
    if (column < width - 1) visit(p + 1);
    if (p >= width) visit(p - width);
    if (p + width < samples.length) visit(p + width);
  }
  return { reached, count };
}
