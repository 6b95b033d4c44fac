import { beamOfAngles } from "../../geometry/carmAngles.ts";
import { type Vec3, cross, dot, normalise } from "../../geometry/vec3.ts";
import { type FrameReaders, frameNumbers, frameText } from "./functionalGroups.ts";
import { tags } from "./tags.ts";
import { textValues } from "./values.ts";

/**
 * Which way round a picture is. A pinhole camera sees it from the source; pictures shown as if from
 * the detector (usual where the tube is behind the patient) are mirrored and no pose explains them.
 */
export interface Handedness {
  /** True: seen from the detector. Undefined: the attributes do not tell. */
  readonly mirrored: boolean | undefined;
  readonly source: string;
  /** Unit vectors (LPS) along which columns and rows grow, where PatientOrientation gives them. */
  readonly columnsTowards?: Vec3;
  readonly rowsTowards?: Vec3;
  /** Unit vector (LPS) from source to detector, where view or angles give it. */
  readonly beamTowards?: Vec3;
}

/** Compares where columns and rows run with where the beam runs. */
export function readHandedness(
  readers: FrameReaders,
  primaryDeg: number | undefined,
  secondaryDeg: number | undefined,
): Handedness {
  const plane = planeDirections(readers);
  const beam = beamDirection(readers, primaryDeg, secondaryDeg);
  const known = {
    ...(plane ? { columnsTowards: plane.columns, rowsTowards: plane.rows } : {}),
    ...(beam ? { beamTowards: beam.direction } : {}),
  };
  if (!plane) return { mirrored: undefined, source: `no ${tags.patientOrientation.label}`, ...known };
  const view = `${tags.viewPosition.label} or ${tags.primaryAngle.label}`;
  if (!beam) return { mirrored: undefined, source: `no ${view}`, ...known };
  const agreement = dot(cross(plane.columns, plane.rows), beam.direction);
  const source = `${tags.patientOrientation.label}, ${beam.source}`;
  return { mirrored: Math.abs(agreement) < 0.5 ? undefined : agreement < 0, source, ...known };
}

const views: Readonly<Record<string, Vec3>> = {
  AP: [0, 1, 0],
  PA: [0, -1, 0],
  LL: [1, 0, 0],
  RL: [-1, 0, 0],
};

function beamDirection(
  readers: FrameReaders,
  primaryDeg: number | undefined,
  secondaryDeg: number | undefined,
): { direction: Vec3; source: string } | undefined {
  if (primaryDeg !== undefined) {
    return { direction: beamOfAngles(primaryDeg, secondaryDeg ?? 0), source: tags.primaryAngle.label };
  }
  const view = frameText(readers, tags.viewPosition);
  const direction = view === undefined ? undefined : views[view];
  return direction && { direction, source: tags.viewPosition.label };
}

const letters: Readonly<Record<string, Vec3>> = {
  L: [1, 0, 0],
  R: [-1, 0, 0],
  P: [0, 1, 0],
  A: [0, -1, 0],
  H: [0, 0, 1],
  F: [0, 0, -1],
};

/** From PatientOrientation ("L\\F"), or from the direction cosines of a localiser. */
function planeDirections(readers: FrameReaders): { columns: Vec3; rows: Vec3 } | undefined {
  const cosines = frameNumbers(readers, tags.imageOrientation);
  if (cosines?.length === 6) {
    const [a, b, c, d, e, f] = cosines as [number, number, number, number, number, number];
    return { columns: normalise([a, b, c]), rows: normalise([d, e, f]) };
  }
  const words = textValues(readers[0]!, tags.patientOrientation);
  const columns = direction(words?.[0]);
  const rows = direction(words?.[1]);
  return columns && rows && { columns, rows };
}

/** The main letter comes first, lesser components after it: "LA" is left and a little anterior. */
function direction(word: string | undefined): Vec3 | undefined {
  return word ? letters[word.slice(0, 1)] : undefined;
}
