import { badInput } from "../../errors.ts";
import { detectorCentre } from "../../geometry/camera.ts";
import type { View } from "../../geometry/carm.ts";
import { type ImagingGeometry, isocentreRatio } from "../../geometry/presets.ts";
import { type Vec3, dot } from "../../geometry/vec3.ts";
import type { XrayGeometry } from "./xrayGeometry.ts";

/** What the user supplies for, or instead of, what a file says. */
export interface GeometryOverrides {
  readonly sourceToDetectorMm?: number;
  readonly sourceToIsocentreMm?: number;
  /** Pitch at the detector: between columns, between rows, in mm. */
  readonly pixelSpacingMm?: readonly [number, number];
  readonly principalPointPx?: readonly [number, number];
  readonly view?: View;
}

/**
 * The imaging geometry of a DICOM X-ray: the user's numbers before the file's. Throws `bad-input` naming
 * everything that is needed and missing, with the option that supplies it. The principal point defaults to the
 * middle of the picture, the isocentre to the preset's share of the source-to-detector distance.
 */
export function completeGeometry(found: XrayGeometry, overrides: GeometryOverrides = {}): ImagingGeometry {
  const sourceToDetectorMm = overrides.sourceToDetectorMm ?? found.sourceToDetectorMm?.value;
  const pixelSpacingMm = overrides.pixelSpacingMm ?? found.pixelSpacingMm?.value;
  if (sourceToDetectorMm === undefined || pixelSpacingMm === undefined) {
    throw missing(found, overrides);
  }
  requireLength("--sdd", sourceToDetectorMm);
  pixelSpacingMm.forEach((pitch) => requireLength("--pixel-spacing", pitch));
  const { width, height } = found;
  const isocentre = overrides.sourceToIsocentreMm ?? found.sourceToIsocentreMm?.value;
  const usable = isocentre !== undefined && isocentre > 0 && isocentre < sourceToDetectorMm;
  return {
    camera: {
      width,
      height,
      sourceToDetectorMm,
      pixelSpacingMm,
      principalPointPx: overrides.principalPointPx ?? detectorCentre(width, height),
    },
    sourceToIsocentreMm: usable ? isocentre : isocentreRatio * sourceToDetectorMm,
    view: overrides.view ?? viewOf(found.handedness.beamTowards),
  };
}

/** What a file says with the user's numbers in it, their option as the source; what they supply is no longer missing. */
export function givenGeometry(found: XrayGeometry, overrides: GeometryOverrides): XrayGeometry {
  const { sourceToDetectorMm: sdd, sourceToIsocentreMm: sid, pixelSpacingMm: spacing } = overrides;
  const given = new Set([
    ...(sdd === undefined ? [] : ["--sdd"]),
    ...(sid === undefined ? [] : ["--sid"]),
    ...(spacing === undefined ? [] : ["--pixel-spacing"]),
  ]);
  return {
    ...found,
    ...(sdd !== undefined && { sourceToDetectorMm: { value: sdd, source: "--sdd" } }),
    ...(sid !== undefined && { sourceToIsocentreMm: { value: sid, source: "--sid" } }),
    ...(spacing && { pixelSpacingMm: { value: spacing, source: "--pixel-spacing" } }),
    missing: found.missing.filter(({ option }) => !given.has(option)),
  };
}

function missing(found: XrayGeometry, overrides: GeometryOverrides): Error {
  const needed = givenGeometry(found, overrides).missing.filter((item) => item.needed === "to register");
  return badInput({
    what: "Geometry of the X-ray",
    got: needed.map(({ quantity, reason }) => `no ${quantity} (${reason})`).join("; "),
    expected: "the distances and the pixel pitch of the imaging device",
    todo: `Give ${needed.map(({ option }) => option).join(" and ")}, or a whole geometry with --geometry`,
  });
}

function requireLength(option: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw badInput({
    what: `Geometry of the X-ray: ${option}`,
    got: String(value),
    expected: "a length above 0 mm",
  });
}

/** The reference view whose beam is nearest to the file's; AP where the file does not tell. */
function viewOf(beamTowards: Vec3 | undefined): View {
  if (!beamTowards) return "AP";
  const [ap, left] = [dot(beamTowards, [0, 1, 0]), dot(beamTowards, [1, 0, 0])];
  if (Math.abs(left) > Math.abs(ap)) return "LAT";
  return ap >= 0 ? "AP" : "PA";
}
