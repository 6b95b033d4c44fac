import { badInput } from "../../errors.ts";
import { type Mat3, determinant3, multiply3 } from "../../geometry/mat3.ts";
import { type Mat4, fromLinearTranslation, linearPart, transformPoint } from "../../geometry/mat4.ts";
import { distance } from "../../geometry/vec3.ts";
import { isSheared } from "../../image/grid.ts";
import { volumeCornersMm } from "../../image/volume.ts";
import type { FormatWarning } from "../file.ts";
import type { NiftiHeader } from "./niftiHeader.ts";

/** Displacement in mm of a grid corner above which sform and qform count as different. */
const disagreementMm = 0.1;

export interface NiftiAffine {
  /** LPS mm. */
  readonly worldFromVoxel: Mat4;
  readonly warnings: FormatWarning[];
  /** Which of the standard's three methods was taken. */
  readonly method: "sform" | "qform" | "pixdim";
}

type Size = readonly [number, number, number];

/**
 * The affine by the rules of the standard: the sform where its code is above 0, else the qform, else the
 * spacing alone. RAS becomes LPS here and nowhere else.
 */
export function niftiAffine(header: NiftiHeader, size: Size, name: string): NiftiAffine {
  const warnings: FormatWarning[] = [];
  const unit = unitInMm(header.units, warnings);
  const sform = header.sformCode > 0 ? usable(rasFromSform(header)) : undefined;
  const qform = header.qformCode > 0 ? usable(rasFromQform(header, size)) : undefined;
  if (header.sformCode > 0 && !sform && qform) {
    warnings.push({
      code: "sform-unusable",
      message: "The sform is singular or not finite; the qform is used.",
    });
  }
  const [ras, method] = sform
    ? ([sform, "sform"] as const)
    : qform
      ? ([qform, "qform"] as const)
      : ([rasFromPixdim(header, size, name, warnings), "pixdim"] as const);
  if (sform && qform) warnIfDifferent(sform, qform, size, unit, warnings);
  const worldFromVoxel = lpsFromRas(ras, unit);
  if (isSheared({ worldFromVoxel })) {
    warnings.push({
      code: "sheared-grid",
      message: "The voxel axes are not at right angles; the image is used on its sheared grid as it is.",
    });
  }
  return { worldFromVoxel, warnings, method };
}

/** Length unit of the header in mm (xyzt_units, lowest three bits). */
function unitInMm(units: number, warnings: FormatWarning[]): number {
  const code = units & 7;
  const factor = code === 1 ? 1000 : code === 3 ? 0.001 : 1;
  if (factor !== 1) {
    const unit = code === 1 ? "metres" : "micrometres";
    warnings.push({ code: "units-converted", message: `Positions are stored in ${unit}; converted to mm.` });
  }
  return factor;
}

function usable(ras: Mat4): Mat4 | undefined {
  return ras.every(Number.isFinite) && Math.abs(determinant3(linearPart(ras))) > 1e-12 ? ras : undefined;
}

function rasFromSform(header: NiftiHeader): Mat4 {
  return [...header.sform, 0, 0, 0, 1];
}

/** Spacing along an axis; an axis of one voxel may leave it out. */
function spacing(header: NiftiHeader, size: Size, axis: number): number {
  const value = Math.abs(header.pixdim[axis + 1]!);
  return size[axis] === 1 && !(value > 0 && Number.isFinite(value)) ? 1 : value;
}

/** Method 2: rotation by the quaternion (a, b, c, d), qfac for the handedness, spacing, offset. */
function rasFromQform(header: NiftiHeader, size: Size): Mat4 {
  const [b = 0, c = 0, d = 0, x = 0, y = 0, z = 0] = header.quaternion;
  const squares = b * b + c * c + d * d;
  const shrink = squares > 1 ? 1 / Math.sqrt(squares) : 1;
  const rotation = rotationFromQuaternion(b * shrink, c * shrink, d * shrink);
  const qfac = header.pixdim[0]! < 0 ? -1 : 1;
  const scaling: Mat3 = [
    ...[spacing(header, size, 0), 0, 0],
    ...[0, spacing(header, size, 1), 0],
    ...[0, 0, qfac * spacing(header, size, 2)],
  ];
  return fromLinearTranslation(multiply3(rotation, scaling), [x, y, z]);
}

function rotationFromQuaternion(b: number, c: number, d: number): Mat3 {
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  return [
    ...[a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    ...[2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    ...[2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
}

/** Method 1: spacing only, voxel (0, 0, 0) at the origin. */
function rasFromPixdim(header: NiftiHeader, size: Size, name: string, warnings: FormatWarning[]): Mat4 {
  const [x, y, z] = [0, 1, 2].map((axis) => spacing(header, size, axis)) as [number, number, number];
  if (![x, y, z].every((s) => Number.isFinite(s) && s > 0)) {
    throw badInput({
      what: `Voxel spacing of ${name}`,
      got: `pixdim ${header.pixdim.slice(1, 4).join(", ")} and no usable sform or qform`,
      expected: "three finite lengths above 0 mm",
    });
  }
  warnings.push({
    code: "no-orientation",
    message:
      "The header gives no usable orientation (sform and qform); axes are taken as Right, Anterior, Superior and " +
      "the first voxel as the origin. Left and right cannot be told apart.",
  });
  return fromLinearTranslation([x, 0, 0, 0, y, 0, 0, 0, z], [0, 0, 0]);
}

function warnIfDifferent(
  sform: Mat4,
  qform: Mat4,
  size: Size,
  unit: number,
  warnings: FormatWarning[],
): void {
  const corners = volumeCornersMm({ size, worldFromVoxel: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] });
  const apart = corners.map((corner) =>
    distance(transformPoint(sform, corner), transformPoint(qform, corner)),
  );
  const worst = Math.max(...apart) * unit;
  if (worst > disagreementMm) {
    warnings.push({
      code: "sform-qform-disagree",
      message: `sform and qform place the image's corners up to ${worst.toFixed(1)} mm apart; the sform is used.`,
    });
  }
}

/** NIfTI's world is RAS; ours is LPS: x and y change sign. */
function lpsFromRas(ras: Mat4, unit: number): Mat4 {
  const signs = [-unit, -unit, unit];
  return ras.map((value, i) => (i < 12 ? value * signs[i >> 2]! : value));
}
