import { badInput } from "../errors.ts";
import { type Camera, detectorCentre } from "./camera.ts";
import { fromLinearTranslation } from "./mat4.ts";
import type { CalibratedView } from "./projectionMatrix.ts";
import { transform3 } from "./mat3.ts";
import { invertRigid } from "./se3.ts";
import { type Vec3, add, cross, dot, norm, normalise, scale, subtract } from "./vec3.ts";

/** The flags of `plastimatch drr` that place its source and panel; world is LPS mm as here. */
export interface PlastimatchPanel {
  /** -n: from the isocentre to the source. */
  readonly normal: Vec3;
  /** --vup: towards the top row; its part along the normal does not count. */
  readonly viewUp: Vec3;
  /** -o. */
  readonly isocentreMm: Vec3;
  /** --sad: source to isocentre. */
  readonly sadMm: number;
  /** --sid: source to panel. */
  readonly sidMm: number;
  /** -r: columns, rows. */
  readonly sizePx: readonly [number, number];
  /** -z: width, height of the panel. */
  readonly sizeMm: readonly [number, number];
  /** -c: pixel that the principal ray meets (column, row), in the order of -r. */
  readonly centrePx?: readonly [number, number];
}

/** The camera of a plastimatch panel. */
export function viewFromPlastimatch(panel: PlastimatchPanel): CalibratedView {
  const beam = scale(normalise(panel.normal), -1);
  const up = subtract(panel.viewUp, scale(beam, dot(panel.viewUp, beam)));
  if (norm(panel.normal) === 0 || norm(up) < 1e-9 * norm(panel.viewUp) || norm(panel.viewUp) === 0) {
    throw badInput({
      what: "Plastimatch panel",
      got: `normal ${panel.normal.join(" ")}, vup ${panel.viewUp.join(" ")}`,
      expected: "two directions that are not parallel",
    });
  }
  if (!(panel.sadMm > 0 && panel.sidMm > panel.sadMm)) {
    const got = `sad ${panel.sadMm}, sid ${panel.sidMm}`;
    throw badInput({ what: "Plastimatch panel", got, expected: "0 < sad < sid" });
  }
  const rows = scale(normalise(up), -1);
  const columns = cross(rows, beam);
  const rotation = [...columns, ...rows, ...beam];
  const source = subtract(panel.isocentreMm, scale(beam, panel.sadMm));
  const camera: Camera = {
    width: panel.sizePx[0],
    height: panel.sizePx[1],
    sourceToDetectorMm: panel.sidMm,
    pixelSpacingMm: [panel.sizeMm[0] / panel.sizePx[0], panel.sizeMm[1] / panel.sizePx[1]],
    principalPointPx: panel.centrePx ?? detectorCentre(panel.sizePx[0], panel.sizePx[1]),
  };
  return {
    camera,
    cameraFromWorld: fromLinearTranslation(rotation, scale(transform3(rotation, source), -1)),
  };
}

/** The flags that give plastimatch this view, with the isocentre `sadMm` from the source. */
export function plastimatchFromView(
  { camera, cameraFromWorld }: CalibratedView,
  sadMm: number,
): PlastimatchPanel {
  const m = cameraFromWorld;
  const worldFromCamera = invertRigid(m);
  const source: Vec3 = [worldFromCamera[3]!, worldFromCamera[7]!, worldFromCamera[11]!];
  const beam: Vec3 = [m[8]!, m[9]!, m[10]!];
  return {
    normal: scale(beam, -1),
    viewUp: [-m[4]!, -m[5]!, -m[6]!],
    isocentreMm: add(source, scale(beam, sadMm)),
    sadMm,
    sidMm: camera.sourceToDetectorMm,
    sizePx: [camera.width, camera.height],
    sizeMm: [camera.width * camera.pixelSpacingMm[0], camera.height * camera.pixelSpacingMm[1]],
    centrePx: camera.principalPointPx,
  };
}

/** The flags as they are typed. */
export function plastimatchFlags(panel: PlastimatchPanel): string {
  const list = (values: readonly number[]): string => values.map((value) => String(value)).join(" ");
  const centre = panel.centrePx ?? detectorCentre(panel.sizePx[0], panel.sizePx[1]);
  return [
    `-n ${list(panel.normal)}`,
    `--vup ${list(panel.viewUp)}`,
    `-o ${list(panel.isocentreMm)}`,
    `--sad ${panel.sadMm} --sid ${panel.sidMm}`,
    `-r ${list(panel.sizePx)} -z ${list(panel.sizeMm)} -c ${list(centre)}`,
  ].join(" ");
}
