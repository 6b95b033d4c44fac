import { badInput } from "../errors.ts";
import { type Mat3, multiply3, transform3 } from "./mat3.ts";
import { type Mat4, fromLinearTranslation, linearPart } from "./mat4.ts";
import { invertRigid } from "./se3.ts";
import { type Vec3, add, scale } from "./vec3.ts";

/**
 * How a C-arm points at the patient (DICOM PS3.3 C.8.7.5.1.2): the detector's place about the isocentre.
 * All zero: detector in front of the chest, tube behind, the head at the top of the picture.
 */
export interface CarmAngles {
  /** Positive towards the patient's left (LAO), negative towards the right (RAO); -180 to 180. */
  readonly primaryDeg: number;
  /** Positive towards the head (CRA), negative towards the feet (CAU); -90 to 90. */
  readonly secondaryDeg: number;
  /** Turn of the detector about the beam, columns towards rows; 0 keeps the head up. */
  readonly rollDeg: number;
}

/** Where the C-arm stands. */
export interface CarmStand {
  /** Isocentre in world (LPS) mm. */
  readonly isocentreMm: Vec3;
  readonly sourceToIsocentreMm: number;
}

const radians = Math.PI / 180;

/** Unit vector (LPS) from the isocentre to the detector, which is the direction of the beam. */
export function beamOfAngles(primaryDeg: number, secondaryDeg: number): Vec3 {
  const [a, b] = [primaryDeg * radians, secondaryDeg * radians];
  return [Math.sin(a) * Math.cos(b), -Math.cos(a) * Math.cos(b), Math.sin(b)];
}

/** Primary and secondary angle of a beam direction (need not be a unit vector). */
export function anglesOfBeam([x, y, z]: Vec3): Pick<CarmAngles, "primaryDeg" | "secondaryDeg"> {
  const across = Math.hypot(x, y);
  return {
    primaryDeg: across === 0 ? 0 : Math.atan2(x, -y) / radians,
    secondaryDeg: Math.atan2(z, across) / radians,
  };
}

/** Rows of the result: camera x, y, z in world axes. */
function cameraRotation(angles: CarmAngles): Mat3 {
  const [a, b, roll] = [angles.primaryDeg * radians, angles.secondaryDeg * radians, angles.rollDeg * radians];
  const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
  // Rows run against the derivative of the beam by the secondary angle: towards the feet, at any angle.
  const upright = [
    -ca,
    -sa,
    0,
    sa * sb,
    -ca * sb,
    -cb,
    ...beamOfAngles(angles.primaryDeg, angles.secondaryDeg),
  ];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  return multiply3([cr, sr, 0, -sr, cr, 0, 0, 0, 1], upright);
}

/** The camera of a C-arm at the given angles; the isocentre lies on the principal ray. */
export function cameraFromCarmAngles(angles: CarmAngles, stand: CarmStand): Mat4 {
  const r = cameraRotation(angles);
  const [x, y, z] = transform3(r, stand.isocentreMm);
  return fromLinearTranslation(r, [-x, -y, stand.sourceToIsocentreMm - z]);
}

/**
 * The angles of a camera, and the isocentre at the given distance from its source along the principal ray. At
 * a secondary angle of +-90 degrees primary angle and roll are one angle; any split of it is returned.
 */
export function carmAnglesFromCamera(
  cameraFromWorld: Mat4,
  sourceToIsocentreMm: number,
): { angles: CarmAngles; stand: CarmStand } {
  const r = linearPart(cameraFromWorld);
  const beam: Vec3 = [r[6]!, r[7]!, r[8]!];
  const { primaryDeg, secondaryDeg } = anglesOfBeam(beam);
  const upright = cameraRotation({ primaryDeg, secondaryDeg, rollDeg: 0 });
  const along = (row: number): number =>
    r[0]! * upright[3 * row]! + r[1]! * upright[3 * row + 1]! + r[2]! * upright[3 * row + 2]!;
  const rollDeg = Math.atan2(along(1), along(0)) / radians;
  const worldFromCamera = invertRigid(cameraFromWorld);
  const source: Vec3 = [worldFromCamera[3]!, worldFromCamera[7]!, worldFromCamera[11]!];
  return {
    angles: { primaryDeg, secondaryDeg, rollDeg },
    stand: { isocentreMm: add(source, scale(beam, sourceToIsocentreMm)), sourceToIsocentreMm },
  };
}

/** "LAO 30.00 CRA 15.00" as printed on C-arms, with the roll where there is one. */
export function formatCarmAngles({ primaryDeg, secondaryDeg, rollDeg }: CarmAngles): string {
  const primary = `${primaryDeg < 0 ? "RAO" : "LAO"} ${Math.abs(primaryDeg).toFixed(2)}`;
  const secondary = `${secondaryDeg < 0 ? "CAU" : "CRA"} ${Math.abs(secondaryDeg).toFixed(2)}`;
  const roll = Math.abs(rollDeg) < 0.005 ? "" : ` roll ${rollDeg.toFixed(2)}`;
  return `${primary} ${secondary}${roll}`;
}

/** Reads "LAO 30 CRA 15", "RAO30/CAU10", "RAO 20" and the like; what is not named is 0. */
export function parseCarmAngles(text: string): CarmAngles {
  const found = new Map<string, number>();
  const rest = text.replace(
    /(LAO|RAO|CRA|CAU|ROLL)\s*(-?\d+(?:\.\d+)?)/gi,
    (_, word: string, number: string) => {
      found.set(word.toUpperCase(), Number(number));
      return "";
    },
  );
  const [lao, rao, cra, cau] = ["LAO", "RAO", "CRA", "CAU"].map((word) => found.get(word));
  const twice = (lao !== undefined && rao !== undefined) || (cra !== undefined && cau !== undefined);
  const primaryDeg = lao ?? -(rao ?? 0);
  const secondaryDeg = cra ?? -(cau ?? 0);
  const possible = Math.abs(primaryDeg) <= 180 && Math.abs(secondaryDeg) <= 90;
  if (found.size === 0 || twice || !possible || /[^\s,;/°]/.test(rest)) {
    throw badInput({
      what: "C-arm angles",
      got: `"${text.slice(0, 60)}"`,
      expected: 'LAO or RAO up to 180 and CRA or CAU up to 90 degrees, such as "LAO 30 CRA 15"',
    });
  }
  return { primaryDeg: primaryDeg + 0, secondaryDeg: secondaryDeg + 0, rollDeg: found.get("ROLL") ?? 0 };
}
