import type { FormatWarning } from "../file.ts";
import { type FrameReaders, frameNumbers, frameText } from "./functionalGroups.ts";
import { type Handedness, readHandedness } from "./handedness.ts";
import type { PixelFormat } from "./pixelFormat.ts";
import type { Sourced } from "./sourced.ts";
import { type DicomTag, tags } from "./tags.ts";
import { hasValue } from "./values.ts";

/** A quantity the file does not give; it is asked for, never guessed. */
export interface MissingQuantity {
  readonly quantity: "source-to-detector distance" | "pixel spacing at the detector" | "isocentre" | "angles";
  /** Command line option that supplies it. */
  readonly option: string;
  readonly needed: "to register" | "for --init dicom";
  /** Where it would have been, and why what is there was not used. */
  readonly reason: string;
}

/** The imaging geometry as far as the attributes give it, each number with its source. */
export interface XrayGeometry {
  readonly width: number;
  readonly height: number;
  readonly sourceToDetectorMm?: Sourced<number>;
  /** Source to the centre of rotation or of the field of view. */
  readonly sourceToIsocentreMm?: Sourced<number>;
  /** Pitch at the detector: between columns, between rows. */
  readonly pixelSpacingMm?: Sourced<readonly [number, number]>;
  /** Position of the detector about the patient: + towards LAO; + towards cranial (PS3.3 C.8.7.5.1.2). */
  readonly primaryAngleDeg?: Sourced<number>;
  readonly secondaryAngleDeg?: Sourced<number>;
  /** How stored pixels were turned (clockwise) and then mirrored with respect to the physical detector. */
  readonly fieldOfViewRotationDeg?: Sourced<number>;
  readonly fieldOfViewFlipped?: Sourced<boolean>;
  readonly handedness: Handedness;
  readonly missing: readonly MissingQuantity[];
}

/** Reads the geometry of one frame (from 0) of an X-ray picture. */
export function readXrayGeometry(
  readers: FrameReaders,
  format: PixelFormat,
  frame: number,
): { geometry: XrayGeometry; warnings: FormatWarning[] } {
  const warnings: FormatWarning[] = [];
  const warn = (code: string, message: string): void => void warnings.push({ code, message });
  const distances = readDistances(readers, warn);
  const spacing = readDetectorSpacing(readers, warn);
  const primary = angle(readers, tags.primaryAngle, tags.primaryAngleIncrement, frame, 180, warn);
  const secondary = angle(readers, tags.secondaryAngle, tags.secondaryAngleIncrement, frame, 90, warn);
  const handedness = readHandedness(readers, primary?.value, secondary?.value);
  warnTilt(readers, warn);
  const geometry = {
    width: format.columns,
    height: format.rows,
    ...distances,
    ...(spacing.found ? { pixelSpacingMm: spacing.found } : {}),
    ...(primary ? { primaryAngleDeg: primary } : {}),
    ...(secondary ? { secondaryAngleDeg: secondary } : {}),
    ...readFieldOfView(readers),
    handedness,
  };
  return { geometry: { ...geometry, missing: listMissing(geometry, spacing.reason) }, warnings };
}

type Warn = (code: string, message: string) => void;

/** A length that must be above zero; anything else counts as absent, with a warning. */
function positive(readers: FrameReaders, tag: DicomTag, warn: Warn): Sourced<number> | undefined {
  const value = frameNumbers(readers, tag)?.[0];
  if (value === undefined) return undefined;
  if (value > 0) return { value, source: tag.label };
  warn("impossible-value", `${tag.label} is ${value} and was ignored`);
  return undefined;
}

function hasTag(readers: FrameReaders, tag: DicomTag): boolean {
  return readers.some((reader) => hasValue(reader, tag));
}

function readDistances(
  readers: FrameReaders,
  warn: Warn,
): Pick<XrayGeometry, "sourceToDetectorMm" | "sourceToIsocentreMm"> {
  const detector = positive(readers, tags.sourceToDetector, warn);
  // The patient is taken to lie at the isocentre; enhanced files say where that is.
  const isocentreTag = hasTag(readers, tags.sourceToIsocentre)
    ? tags.sourceToIsocentre
    : tags.sourceToPatient;
  const object = positive(readers, isocentreTag, warn);
  const factor = positive(readers, tags.magnification, warn);
  if (detector && (detector.value < 300 || detector.value > 5000)) {
    warn("implausible-distance", `${tags.sourceToDetector.label} is ${detector.value} mm; check its unit`);
  }
  if (detector && object && object.value >= detector.value) {
    warn("impossible-value", `${isocentreTag.label} is not below ${tags.sourceToDetector.label}; ignored`);
    return { sourceToDetectorMm: detector };
  }
  const derived =
    detector && factor && factor.value > 1
      ? {
          value: detector.value / factor.value,
          source: `${tags.sourceToDetector.label} / ${tags.magnification.label}`,
        }
      : undefined;
  if (object && derived && Math.abs(object.value / derived.value - 1) > 0.05) {
    warn(
      "magnification-disagrees",
      `${tags.magnification.label} disagrees with the distances; it was ignored`,
    );
  }
  const isocentre = object ?? derived;
  return {
    ...(detector ? { sourceToDetectorMm: detector } : {}),
    ...(isocentre ? { sourceToIsocentreMm: isocentre } : {}),
  };
}

type Spacing = readonly [number, number];

/**
 * Pixel pitch at the detector. ImagerPixelSpacing is it by definition; PixelSpacing only where the
 * standard says that it was not corrected to a plane in the patient (PS3.3 10.7.1).
 */
function readDetectorSpacing(
  readers: FrameReaders,
  warn: Warn,
): { found?: Sourced<Spacing>; reason: string } {
  const imager = spacingOf(readers, tags.imagerPixelSpacing, warn);
  if (imager) return { found: imager, reason: "" };
  const absent = `no ${tags.imagerPixelSpacing.label}`;
  const plane = spacingOf(readers, tags.pixelSpacing, warn);
  if (!plane) return { reason: `${absent} and no ${tags.pixelSpacing.label}` };
  const calibration = frameText(readers, tags.spacingCalibration);
  const factor = frameNumbers(readers, tags.magnification)?.[0];
  if (calibration === "GEOMETRY" && factor !== undefined && factor >= 1) {
    const source = `${tags.pixelSpacing.label} x ${tags.magnification.label}`;
    return { found: { value: [plane.value[0] * factor, plane.value[1] * factor], source }, reason: "" };
  }
  const modality = frameText(readers, tags.modality) ?? "";
  const plateModality = modality === "CR" || modality === "DX" || modality === "RG";
  if (plateModality && calibration === undefined && (factor === undefined || factor === 1)) {
    const message = `${tags.pixelSpacing.label} was taken as the pitch at the detector: ${absent}, and nothing says that it was calibrated`;
    warn("pixel-spacing-plane", message);
    return { found: plane, reason: "" };
  }
  const why =
    calibration === undefined
      ? "may lie in the patient, not at the detector"
      : `is calibrated (${calibration})`;
  return { reason: `${absent}; ${tags.pixelSpacing.label} ${why}, so it was not used` };
}

/** DICOM writes the row pitch first; here the column pitch comes first. */
function spacingOf(readers: FrameReaders, tag: DicomTag, warn: Warn): Sourced<Spacing> | undefined {
  const values = frameNumbers(readers, tag);
  if (!values) return undefined;
  const [row, column] = values;
  if (values.length === 2 && row! > 0 && column! > 0) return { value: [column!, row!], source: tag.label };
  warn("impossible-value", `${tag.label} is ${values.slice(0, 4).join("\\")} and was ignored`);
  return undefined;
}

function angle(
  readers: FrameReaders,
  tag: DicomTag,
  increments: DicomTag,
  frame: number,
  limit: number,
  warn: Warn,
): Sourced<number> | undefined {
  const first = frameNumbers(readers, tag)?.[0];
  if (first === undefined) return undefined;
  const steps = frameNumbers(readers, increments);
  const moving = steps !== undefined && frameText(readers, tags.positionerMotion) === "DYNAMIC";
  const value = first + (moving ? (steps[frame] ?? 0) : 0);
  if (Math.abs(value) > limit) {
    warn("impossible-value", `${tag.label} is ${value} degrees and was ignored`);
    return undefined;
  }
  return { value, source: moving ? `${tag.label} + ${increments.label}` : tag.label };
}

function readFieldOfView(
  readers: FrameReaders,
): Pick<XrayGeometry, "fieldOfViewRotationDeg" | "fieldOfViewFlipped"> {
  const rotation = frameNumbers(readers, tags.fieldOfViewRotation)?.[0];
  const flip = frameText(readers, tags.fieldOfViewFlip);
  const rotationSource = tags.fieldOfViewRotation.label;
  return {
    ...(rotation === undefined
      ? {}
      : { fieldOfViewRotationDeg: { value: rotation, source: rotationSource } }),
    ...(flip === "YES" || flip === "NO"
      ? { fieldOfViewFlipped: { value: flip === "YES", source: tags.fieldOfViewFlip.label } }
      : {}),
  };
}

/** What makes the principal ray miss the middle of the picture, or meet it at another angle. */
function warnTilt(readers: FrameReaders, warn: Warn): void {
  const origin = frameNumbers(readers, tags.fieldOfViewOrigin);
  if (origin?.some((offset) => offset !== 0)) {
    warn(
      "field-of-view-offset",
      `${tags.fieldOfViewOrigin.label} is ${origin.slice(0, 2).join("\\")}: the picture is a part of the detector; the principal point is taken in its middle`,
    );
  }
  for (const tag of [tags.detectorPrimaryAngle, tags.detectorSecondaryAngle]) {
    const value = frameNumbers(readers, tag)?.[0];
    if (value === undefined || Math.abs(value) < 0.1) continue;
    warn(
      "detector-tilted",
      `${tag.label} is ${value} degrees: the beam does not meet the detector at a right angle`,
    );
  }
}

function listMissing(found: Omit<XrayGeometry, "missing">, spacingReason: string): MissingQuantity[] {
  const missing: MissingQuantity[] = [];
  const add = (item: MissingQuantity): void => void missing.push(item);
  if (!found.sourceToDetectorMm) {
    const reason = `no ${tags.sourceToDetector.label}`;
    add({ quantity: "source-to-detector distance", option: "--sdd", needed: "to register", reason });
  }
  if (!found.pixelSpacingMm) {
    const quantity = "pixel spacing at the detector";
    add({ quantity, option: "--pixel-spacing", needed: "to register", reason: spacingReason });
  }
  if (!found.sourceToIsocentreMm) {
    const reason = `no ${tags.sourceToPatient.label} or ${tags.sourceToIsocentre.label}`;
    add({ quantity: "isocentre", option: "--sid", needed: "for --init dicom", reason });
  }
  if (!found.primaryAngleDeg || !found.secondaryAngleDeg) {
    const reason = `no ${tags.primaryAngle.label} or ${tags.secondaryAngle.label}`;
    add({ quantity: "angles", option: "--init", needed: "for --init dicom", reason });
  }
  return missing;
}
