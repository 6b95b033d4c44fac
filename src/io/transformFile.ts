import { badInput } from "../errors.ts";
import {
  type Mat4,
  compose,
  fromLinearTranslation,
  identity4,
  invertAffine,
  linearPart,
  translation4,
  translationPart,
} from "../geometry/mat4.ts";
import { multiply3 } from "../geometry/mat3.ts";
import { isRigid } from "../geometry/se3.ts";
import { expSo3, orthonormalise } from "../geometry/so3.ts";
import type { Vec3 } from "../geometry/vec3.ts";

/** A rigid transform between two images with what their spaces are called; all points LPS mm. */
export interface NamedTransform {
  /** Moves points of the moving image to where they lie in the fixed one. */
  readonly fixedFromMoving: Mat4;
  readonly fixed: string;
  readonly moving: string;
}

/** What a transform file says; names only where its comments give them. */
export interface ReadTransform {
  readonly fixedFromMoving: Mat4;
  readonly fixed: string | undefined;
  readonly moving: string | undefined;
  /** ITK class of the (first) transform. */
  readonly kind: string;
}

const magic = "#Insight Transform File V1.0";

/**
 * An ITK transform file (.tfm) as 3D Slicer, elastix and ANTs read it. ITK stores the resampling direction:
 * the parameters map points of the fixed image (LPS mm) into the moving one.
 */
export function writeTransformFile({ fixedFromMoving, fixed, moving }: NamedTransform): string {
  if (!isRigid(fixedFromMoving, 1e-6)) {
    throw badInput({
      what: "Transform to export",
      got: "a matrix that is not rigid",
      expected: "a rigid motion",
    });
  }
  const movingFromFixed = invertAffine(fixedFromMoving);
  const parameters = [...linearPart(movingFromFixed), ...translationPart(movingFromFixed)];
  return [
    magic,
    `# Maps points of the fixed image to the moving image (resampling direction), LPS mm.`,
    `# fixed: ${oneLine(fixed)}`,
    `# moving: ${oneLine(moving)}`,
    "#Transform 0",
    "Transform: AffineTransform_double_3_3",
    `Parameters: ${parameters.map(String).join(" ")}`,
    "FixedParameters: 0 0 0",
    "",
  ].join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 100);
}

interface StoredTransform {
  readonly kind: string;
  readonly parameters: readonly number[];
  readonly fixedParameters: readonly number[];
}

/**
 * Reads an ITK transform file with a linear 3D transform, or a composite of such. Throws `bad-input` for
 * deformations, for scaling or shear, and for anything malformed.
 */
export function readTransformFile(text: string, name = "transform file"): ReadTransform {
  const lines = text.split(/\r?\n/);
  if (!lines[0]?.startsWith("#Insight Transform File")) {
    throw badInput({
      what: name,
      got: "other text",
      expected: `an ITK transform file, starting with "${magic}"`,
    });
  }
  const stored = parseBlocks(lines, name);
  const composite = stored[0]?.kind.startsWith("CompositeTransform") ?? false;
  const linear = composite ? stored.slice(1) : stored;
  if (linear.length === 0 || (!composite && linear.length > 1)) {
    const expected = "one transform, or a CompositeTransform";
    throw badInput({ what: name, got: `${linear.length} transforms`, expected });
  }
  // A composite applies the transform that was added last first.
  const movingFromFixed = linear.reduce((total, one) => compose(total, matrixOf(one, name)), identity4);
  if (!isRigid(movingFromFixed, 1e-4)) {
    throw badInput({ what: name, got: "scaling, shear or a reflection", expected: "a rigid transform" });
  }
  const rigid = fromLinearTranslation(
    orthonormalise(linearPart(movingFromFixed)),
    translationPart(movingFromFixed),
  );
  return {
    fixedFromMoving: invertAffine(rigid),
    fixed: comment(lines, "fixed"),
    moving: comment(lines, "moving"),
    kind: linear[0]!.kind,
  };
}

function comment(lines: readonly string[], key: string): string | undefined {
  const line = lines.find((candidate) => candidate.startsWith(`# ${key}: `));
  return line?.slice(key.length + 4).trim() || undefined;
}

function parseBlocks(lines: readonly string[], name: string): StoredTransform[] {
  const blocks: { kind: string; parameters: number[]; fixedParameters: number[] }[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (line.startsWith("#") || colon < 0) continue;
    const key = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (key === "Transform") blocks.push({ kind: value, parameters: [], fixedParameters: [] });
    const block = blocks.at(-1);
    if (!block || blocks.length > 32)
      throw badInput({ what: name, got: `"${key}" out of place`, expected: "transforms" });
    if (key === "Parameters") block.parameters = numbers(value, `${name}: Parameters`);
    if (key === "FixedParameters") block.fixedParameters = numbers(value, `${name}: FixedParameters`);
  }
  return blocks;
}

function numbers(text: string, what: string): number[] {
  const words = text === "" ? [] : text.split(/\s+/);
  const values = words.map(Number);
  if (words.length > 64 || !values.every(Number.isFinite)) {
    throw badInput({ what, got: `"${text.slice(0, 40)}"`, expected: "a few finite numbers" });
  }
  return values;
}

/** T(x) = M (x - c) + c + t; each class has its own parameters for M and t (ITK Software Guide, 3.9). */
function matrixOf({ kind, parameters, fixedParameters }: StoredTransform, name: string): Mat4 {
  const [family] = kind.split("_");
  const centre: Vec3 = [fixedParameters[0] ?? 0, fixedParameters[1] ?? 0, fixedParameters[2] ?? 0];
  const need = (count: number): void => {
    if (parameters.length === count && /_(double|float)_3_3$/.test(kind)) return;
    throw badInput({
      what: name,
      got: `${kind} with ${parameters.length} parameters`,
      expected: `${count} in 3D`,
    });
  };
  const at = (index: number): Vec3 => [parameters[index]!, parameters[index + 1]!, parameters[index + 2]!];
  const about = (rotation: readonly number[], shift: Vec3): Mat4 => {
    const turn = fromLinearTranslation(rotation, [0, 0, 0]);
    const back: Vec3 = [-centre[0], -centre[1], -centre[2]];
    return compose(translation4(shift), translation4(centre), turn, translation4(back));
  };
  switch (family) {
    case "IdentityTransform":
      return identity4;
    case "TranslationTransform":
      need(3);
      return translation4(at(0));
    case "AffineTransform":
    case "MatrixOffsetTransformBase":
      need(12);
      return about(parameters.slice(0, 9), at(9));
    case "Euler3DTransform":
      need(6);
      return about(eulerMatrix(at(0), fixedParameters[3] === 1), at(3));
    case "VersorRigid3DTransform":
      need(6);
      return about(versorMatrix(at(0)), at(3));
    default:
      throw badInput({
        what: name,
        got: kind.slice(0, 60),
        expected: "an Affine, MatrixOffset, Euler3D, VersorRigid3D, Translation or Identity transform",
      });
  }
}

/** Euler3DTransform: Rz Rx Ry, or Rz Ry Rx where its flag says so. */
function eulerMatrix([x, y, z]: Vec3, zyx: boolean): readonly number[] {
  const [rx, ry, rz] = [expSo3([x, 0, 0]), expSo3([0, y, 0]), expSo3([0, 0, z])];
  return zyx ? multiply3(multiply3(rz, ry), rx) : multiply3(multiply3(rz, rx), ry);
}

/** The vector part of a unit quaternion. */
function versorMatrix([x, y, z]: Vec3): readonly number[] {
  const sine = Math.hypot(x, y, z);
  if (sine === 0) return expSo3([0, 0, 0]);
  const angle = 2 * Math.asin(Math.min(1, sine));
  return expSo3([(x * angle) / sine, (y * angle) / sine, (z * angle) / sine]);
}
