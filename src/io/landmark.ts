import { badInput } from "../errors.ts";
import type { Vec3 } from "../geometry/vec3.ts";

/** A named point in the patient, LPS mm. */
export interface Landmark {
  readonly label: string;
  readonly positionMm: Vec3;
}

/** The same point in an X-ray, pixels (u, v). */
export interface ImageLandmark {
  readonly label: string;
  readonly pixel: readonly [number, number];
}

/** One anatomical point in both. */
export interface LandmarkPair {
  readonly label: string;
  readonly positionMm: Vec3;
  readonly pixel: readonly [number, number];
}

/** More points than anyone clicks. */
export const maxLandmarks = 10_000;

/**
 * Pairs landmarks by label (case and surrounding blanks do not count). Points without a partner are
 * returned apart. Two points with one label, and labels that never meet, are `bad-input`.
 */
export function pairLandmarks(
  inVolume: readonly Landmark[],
  inImage: readonly ImageLandmark[],
): { pairs: LandmarkPair[]; unpaired: string[] } {
  const pixels = byLabel(inImage, "the X-ray");
  const positions = byLabel(inVolume, "the CT");
  const pairs = [...positions].flatMap(([key, { label, positionMm }]) => {
    const partner = pixels.get(key);
    return partner ? [{ label, positionMm, pixel: partner.pixel }] : [];
  });
  if (pairs.length === 0) {
    throw badInput({
      what: "Landmarks",
      got: `labels ${sample(inVolume)} in the CT and ${sample(inImage)} in the X-ray`,
      expected: "the same labels in both",
      todo: "Rename the points so that each has one name in both files",
    });
  }
  const unpaired = [...positions, ...pixels]
    .filter(([key]) => !(positions.has(key) && pixels.has(key)))
    .map(([, { label }]) => label);
  return { pairs, unpaired };
}

function byLabel<T extends { label: string }>(points: readonly T[], where: string): Map<string, T> {
  const found = new Map<string, T>();
  for (const point of points) {
    const key = point.label.trim().toLowerCase();
    if (found.has(key)) {
      throw badInput({
        what: "Landmarks",
        got: `"${point.label}" twice in ${where}`,
        expected: "distinct labels",
      });
    }
    found.set(key, point);
  }
  return found;
}

function sample(points: readonly { label: string }[]): string {
  const shown = points.slice(0, 3).map(({ label }) => `"${label}"`);
  return shown.length === 0 ? "none" : shown.join(", ");
}
