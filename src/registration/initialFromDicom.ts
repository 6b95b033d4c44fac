import { badInput } from "../errors.ts";
import {
  type CarmAngles,
  anglesOfBeam,
  cameraFromCarmAngles,
  formatCarmAngles,
} from "../geometry/carmAngles.ts";
import { isocentreRatio } from "../geometry/presets.ts";
import { type Mat4 } from "../geometry/mat4.ts";
import { type Vec3, dot } from "../geometry/vec3.ts";
import type { XrayGeometry } from "../io/dicom/index.ts";
import type { FormatWarning } from "../io/file.ts";

export interface DicomPoseOptions {
  /** The world point (LPS mm) that is put on the isocentre: the centre of the volume. */
  readonly centreMm: Vec3;
  /** Where the file has no source-to-detector distance: the one of the camera in use, mm. */
  readonly sourceToDetectorMm: number;
  /** Whether the columns of the picture were turned round when it was read. */
  readonly mirrored: boolean;
}

export interface DicomPose {
  readonly cameraFromWorld: Mat4;
  readonly angles: CarmAngles;
  /** What the angles and the distance came from. */
  readonly sources: readonly string[];
  readonly warnings: readonly FormatWarning[];
}

/**
 * A start pose from the attributes of a DICOM X-ray: positioner angles (or the view), the distance of the isocentre, and
 * PatientOrientation for turns of the picture by right angles. The patient's place on the table is in no attribute: the
 * centre of the volume is put on the isocentre. Throws `bad-input` where neither angles nor view are known.
 */
export function initialFromDicom(geometry: XrayGeometry, options: DicomPoseOptions): DicomPose {
  const { direction, source } = directionOf(geometry);
  const warnings: FormatWarning[] = [];
  const rollDeg = rollOf(geometry, direction, options.mirrored, warnings);
  const given = geometry.sourceToIsocentreMm;
  const detectorMm = geometry.sourceToDetectorMm?.value ?? options.sourceToDetectorMm;
  const sourceToIsocentreMm = given?.value ?? isocentreRatio * detectorMm;
  if (!given) {
    const message = `The isocentre is at no attribute; ${sourceToIsocentreMm.toFixed(0)} mm from the source is assumed`;
    warnings.push({ code: "isocentre-assumed", message });
  }
  const angles = { ...direction, rollDeg };
  return {
    cameraFromWorld: cameraFromCarmAngles(angles, { isocentreMm: options.centreMm, sourceToIsocentreMm }),
    angles,
    sources: [`${formatCarmAngles(angles)}: ${source}`, ...(given ? [`isocentre: ${given.source}`] : [])],
    warnings,
  };
}

type Direction = Pick<CarmAngles, "primaryDeg" | "secondaryDeg">;

function directionOf(geometry: XrayGeometry): { direction: Direction; source: string } {
  const { primaryAngleDeg, secondaryAngleDeg, handedness } = geometry;
  if (primaryAngleDeg) {
    const secondary = secondaryAngleDeg ?? { value: 0, source: "no secondary angle: 0" };
    return {
      direction: { primaryDeg: primaryAngleDeg.value, secondaryDeg: secondary.value },
      source: `${primaryAngleDeg.source}, ${secondary.source}`,
    };
  }
  if (handedness.beamTowards) {
    return { direction: anglesOfBeam(handedness.beamTowards), source: "ViewPosition (0018,5101)" };
  }
  throw badInput({
    what: "Start pose from DICOM",
    got: "neither PositionerPrimaryAngle (0018,1510) nor ViewPosition (0018,5101)",
    expected: "one of them",
    todo: "Give a start with --init pose.json, landmarks or centre",
  });
}

/** The turn by right angles that makes rows run where PatientOrientation says; none where the head is up. */
function rollOf(
  geometry: XrayGeometry,
  direction: Direction,
  mirrored: boolean,
  warnings: FormatWarning[],
): number {
  const { rowsTowards, columnsTowards } = geometry.handedness;
  if (!rowsTowards || !columnsTowards) {
    const turned = (geometry.fieldOfViewRotationDeg?.value ?? 0) % 360 !== 0;
    const doubt = turned ? ", though FieldOfViewRotation (0018,7032) says it was turned" : "";
    const message = `Nothing tells how the picture is turned; the head is taken to be up${doubt}`;
    warnings.push({ code: "roll-assumed", message });
    return 0;
  }
  const fit = (rollDeg: number): number => {
    const m = cameraFromCarmAngles(
      { ...direction, rollDeg },
      { isocentreMm: [0, 0, 0], sourceToIsocentreMm: 1 },
    );
    const columns: Vec3 = [m[0]!, m[1]!, m[2]!];
    const rows: Vec3 = [m[4]!, m[5]!, m[6]!];
    return dot(rows, rowsTowards) + (mirrored ? -1 : 1) * dot(columns, columnsTowards);
  };
  return [0, 90, 180, -90].reduce((best, rollDeg) => (fit(rollDeg) > fit(best) + 1e-9 ? rollDeg : best));
}
