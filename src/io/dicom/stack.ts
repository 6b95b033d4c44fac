import { badInput } from "../../errors.ts";
import { type Vec3, dot, norm, scale, subtract } from "../../geometry/vec3.ts";
import type { Slice } from "./slice.ts";
import { sliceNormal } from "./slice.ts";
import { tags } from "./tags.ts";
import type { WarningList } from "./warnings.ts";

export interface StackOptions {
  /**
   * Missing or unevenly spaced slices: `refuse` (default) them, or `interpolate` linearly between the
   * neighbours onto an even grid.
   */
  readonly gaps?: "refuse" | "interpolate";
  /** Gantry tilt: `keep` (default) the exact sheared grid, or `refuse` it. */
  readonly tilt?: "keep" | "refuse";
}

/** One slice of the volume: a stored slice, or a mixture (1 - weight) of it and weight of the next. */
export interface StackLevel {
  readonly slice: number;
  readonly weight: number;
}

/** Slices in order along their normal, and how they make an even grid. */
export interface Stack {
  readonly slices: readonly Slice[];
  readonly levels: readonly StackLevel[];
  /** World displacement from one level to the next; not along the normal where the gantry was tilted. */
  readonly stepMm: Vec3;
}

/** Relative deviations of slice positions: below the first, rounding; above the second, a broken series. */
const rounding = 0.01;
const tolerated = 0.1;

/** Sorts slices by ImagePositionPatient along the normal and judges what is between them. */
export function stackSlices(unsorted: readonly Slice[], options: StackOptions, warnings: WarningList): Stack {
  checkAlike(unsorted);
  const normal = sliceNormal(unsorted[0]!);
  const height = (slice: Slice): number => dot(slice.positionMm, normal);
  const sorted = unsorted.toSorted((a, b) => height(a) - height(b));
  const slices = dropDuplicates(sorted, height, warnings);
  if (slices.length === 1) return singleSlice(slices, normal, warnings);
  const heights = slices.map((slice) => height(slice) - height(slices[0]!));
  const run = heights.at(-1)!;
  const direction = scale(subtract(slices.at(-1)!.positionMm, slices[0]!.positionMm), 1 / run);
  checkTilt(direction, normal, options, warnings);
  checkLine(slices, heights, direction);
  const { levels, stepMm } = judgeSpacing(heights, options, warnings);
  return { slices, levels, stepMm: scale(direction, stepMm) };
}

function checkAlike(slices: readonly Slice[]): void {
  const first = slices[0]!;
  const differing = (name: string, alike: (slice: Slice) => boolean, todo: string): void => {
    const count = slices.filter((slice) => !alike(slice)).length;
    if (count === 0) return;
    const got = `${count} of ${slices.length} slices differ from the first`;
    throw badInput({ what: `DICOM series: ${name}`, got, expected: "one series of equal slices", todo });
  };
  const rest = "Leave the other pictures out of the folder";
  differing(
    `mixed sizes, ${tags.rows.label}, ${tags.columns.label}`,
    ({ format }) => format.rows === first.format.rows && format.columns === first.format.columns,
    rest,
  );
  differing(
    `mixed orientations, ${tags.imageOrientation.label}`,
    ({ columnAxis, rowAxis }) =>
      dot(columnAxis, first.columnAxis) > 1 - 1e-6 && dot(rowAxis, first.rowAxis) > 1 - 1e-6,
    rest,
  );
  differing(
    `mixed spacings, ${tags.pixelSpacing.label}`,
    ({ pixelSpacingMm }) =>
      pixelSpacingMm.every((value, axis) => Math.abs(value / first.pixelSpacingMm[axis]! - 1) < 1e-4),
    rest,
  );
}

/** Two slices at one place are one slice twice, or different pictures of one place, which make no volume. */
function dropDuplicates(
  sorted: readonly Slice[],
  height: (slice: Slice) => number,
  warnings: WarningList,
): Slice[] {
  const kept: Slice[] = [];
  let conflicts = 0;
  for (const slice of sorted) {
    const last = kept.at(-1);
    if (!last || height(slice) - height(last) > 1e-3) kept.push(slice);
    else if (sameBytes(last, slice))
      warnings.add("duplicate-slices", "A slice that is there twice is used once");
    else conflicts++;
  }
  if (conflicts === 0) return kept;
  throw badInput({
    what: `DICOM series: ${tags.imagePosition.label}`,
    got: `${sorted.length} pictures at ${kept.length} place(s)`,
    expected: "one picture for each place along the body",
    todo: "Leave only one phase or acquisition in the folder",
  });
}

function sameBytes(a: Slice, b: Slice): boolean {
  if (a.slope !== b.slope || a.intercept !== b.intercept) return false;
  const [x, y] = [a.frames.frame(a.frame), b.frames.frame(b.frame)];
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}

function singleSlice(slices: readonly Slice[], normal: Vec3, warnings: WarningList): Stack {
  const { thicknessMm, header } = slices[0]!;
  if (!(thicknessMm !== undefined && thicknessMm > 0)) {
    throw badInput({
      what: `${header.file}: ${tags.sliceThickness.label}`,
      got: thicknessMm === undefined ? "nothing" : String(thicknessMm),
      expected: "a thickness above 0 mm, as there is only one slice",
      todo: "Give the whole series",
    });
  }
  warnings.add(
    "single-slice",
    `Only one slice; its spacing is ${tags.sliceThickness.label}, ${thicknessMm} mm`,
  );
  return { slices, levels: [{ slice: 0, weight: 0 }], stepMm: scale(normal, thicknessMm) };
}

function checkTilt(direction: Vec3, normal: Vec3, options: StackOptions, warnings: WarningList): void {
  const angleDeg = (Math.acos(Math.min(1, dot(direction, normal) / norm(direction))) * 180) / Math.PI;
  if (angleDeg < 0.05) return;
  const found = `slices are stacked ${angleDeg.toFixed(2)} degrees off their normal`;
  if (options.tilt === "refuse" || angleDeg > 60) {
    throw badInput({
      what: `DICOM series: gantry tilt, ${tags.imagePosition.label}`,
      got: found,
      expected: "slices stacked along their normal",
      todo: angleDeg > 60 ? "These pictures do not make a volume" : "Allow it with tilt: keep",
    });
  }
  warnings.add("gantry-tilt", `Gantry tilt: ${found}; the sheared voxel grid is kept exactly as it is`);
}

/** Slices that wander sideways, each by its own amount, lie on no grid. */
function checkLine(slices: readonly Slice[], heights: readonly number[], direction: Vec3): void {
  const [first] = slices;
  const offMm = slices.map((slice, i) =>
    norm(subtract(subtract(slice.positionMm, first!.positionMm), scale(direction, heights[i]!))),
  );
  const worst = Math.max(...offMm);
  if (worst <= 0.5 * Math.min(...first!.pixelSpacingMm)) return;
  throw badInput({
    what: `DICOM series: ${tags.imagePosition.label}`,
    got: `a slice ${worst.toFixed(2)} mm beside the line through the first and the last`,
    expected: "slices on one line, to half a pixel",
    todo: "The table or the reconstruction moved: use one of the parts",
  });
}

function judgeSpacing(
  heights: readonly number[],
  options: StackOptions,
  warnings: WarningList,
): { levels: StackLevel[]; stepMm: number } {
  const gaps = heights.slice(1).map((height, i) => height - heights[i]!);
  const mean = heights.at(-1)! / gaps.length;
  const deviation = Math.max(...heights.map((height, i) => Math.abs(height - i * mean))) / mean;
  const even = { levels: heights.map((_, slice) => ({ slice, weight: 0 })), stepMm: mean };
  if (deviation <= rounding) return even;
  if (deviation <= tolerated) {
    const off = (deviation * mean).toFixed(3);
    warnings.add("uneven-spacing", `Slices lie up to ${off} mm off an even spacing of ${mean.toFixed(3)} mm`);
    return even;
  }
  const base = gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)]!;
  const missing = missingSlices(gaps, base);
  const code = missing === undefined ? "uneven-spacing" : "missing-slices";
  const range = `${Math.min(...gaps).toFixed(3)} to ${Math.max(...gaps).toFixed(3)} mm apart`;
  const found =
    missing === undefined ? `slices ${range}` : `${missing} slice(s) missing: neighbours are ${range}`;
  const levelCount = Math.round(heights.at(-1)! / base) + 1;
  if (options.gaps !== "interpolate" || levelCount > 4 * heights.length) {
    throw badInput({
      what: `DICOM series: ${code.replace("-", " ")}, ${tags.imagePosition.label}`,
      got: found,
      expected: `slices every ${base.toFixed(3)} mm`,
      todo: "Find the missing slices, or allow interpolation between the neighbours (--gaps interpolate)",
    });
  }
  warnings.add(code, `${found}; interpolated linearly to ${base.toFixed(3)} mm`);
  const stepMm = heights.at(-1)! / (levelCount - 1);
  return { levels: interpolatedLevels(heights, levelCount, stepMm), stepMm };
}

/** How many slices are missing where every gap is a whole multiple of the usual one; undefined otherwise. */
function missingSlices(gaps: readonly number[], base: number): number | undefined {
  const whole = gaps.map((gap) => Math.round(gap / base));
  const fits = gaps.every((gap, i) => whole[i]! >= 1 && Math.abs(gap / base - whole[i]!) <= tolerated);
  return fits ? whole.reduce((sum, count) => sum + count - 1, 0) : undefined;
}

function interpolatedLevels(heights: readonly number[], count: number, stepMm: number): StackLevel[] {
  let slice = 0;
  return Array.from({ length: count }, (_, level) => {
    const height = Math.min(level * stepMm, heights.at(-1)!);
    while (slice + 2 < heights.length && heights[slice + 1]! <= height) slice++;
    const weight = (height - heights[slice]!) / (heights[slice + 1]! - heights[slice]!);
    const snapped = weight < 1e-3 ? 0 : weight > 1 - 1e-3 ? 1 : weight;
    return snapped === 1 ? { slice: slice + 1, weight: 0 } : { slice, weight: snapped };
  });
}
