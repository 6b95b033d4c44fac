import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cameraFromPose } from "../geometry/carm.ts";
import { type Mat4, identity4, invertAffine, transformPoint } from "../geometry/mat4.ts";
import { rigidMotion, translation } from "../geometry/matrices.testkit.ts";
import { zeroPose } from "../geometry/pose.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { readTransformFile, writeTransformFile } from "./transformFile.ts";

const runs = { seed: 12, numRuns: 200 };

/** What a program that knows nothing of this project does with an affine .tfm: T(x) = M (x - c) + c + t. */
function applyIndependently(text: string, point: Vec3): Vec3 {
  const line = (key: string): number[] =>
    text
      .split("\n")
      .find((candidate) => candidate.startsWith(`${key}: `))!
      .slice(key.length + 2)
      .split(" ")
      .map(Number.parseFloat);
  expect(text).toMatch(/^#Insight Transform File V1\.0\n/);
  expect(text).toContain("\nTransform: AffineTransform_double_3_3\n");
  const p = line("Parameters");
  const c = line("FixedParameters");
  const d = point.map((value, i) => value - c[i]!);
  const out = [0, 1, 2].map(
    (r) => p[3 * r]! * d[0]! + p[3 * r + 1]! * d[1]! + p[3 * r + 2]! * d[2]! + c[r]! + p[9 + r]!,
  );
  return [out[0]!, out[1]!, out[2]!];
}

function expectClose(a: readonly number[], b: readonly number[], tolerance: number): void {
  a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(tolerance));
}

const names = { fixed: "X-ray camera frame", moving: "CT" };

describe("ITK transform files", () => {
  test("another program's reading takes points of the fixed image to the moving one", () => {
    fc.assert(
      fc.property(rigidMotion, translation, (fixedFromMoving, inMoving) => {
        const text = writeTransformFile({ fixedFromMoving, ...names });
        const inFixed = transformPoint(fixedFromMoving, inMoving);
        expectClose(applyIndependently(text, inFixed), inMoving, 1e-9);
      }),
      runs,
    );
  });

  test("a registered camera pulls each voxel out of the CT: the source is where it stands", () => {
    const frame = { view: "AP", centreMm: [10, 20, 30], sourceToIsocentreMm: 700 } as const;
    const text = writeTransformFile({ fixedFromMoving: cameraFromPose(zeroPose, frame), ...names });
    expectClose(applyIndependently(text, [0, 0, 0]), [10, 20 - 700, 30], 1e-9);
    expectClose(applyIndependently(text, [0, 0, 700]), [10, 20, 30], 1e-9);
    // A step along detector rows is a step towards the feet.
    expectClose(applyIndependently(text, [0, 5, 700]), [10, 20, 25], 1e-9);
    expect(text).toContain("# fixed: X-ray camera frame\n# moving: CT\n");
  });

  test("give the pose back to 1e-9", () => {
    fc.assert(
      fc.property(rigidMotion, (fixedFromMoving) => {
        const read = readTransformFile(writeTransformFile({ fixedFromMoving, ...names }));
        expectClose(read.fixedFromMoving, fixedFromMoving, 1e-9);
        expect(read).toMatchObject(names);
      }),
      runs,
    );
  });

  const block = (kind: string, parameters: string, fixed = "0 0 0"): string =>
    `#Transform 0\nTransform: ${kind}\nParameters: ${parameters}\nFixedParameters: ${fixed}\n`;
  const file = (...blocks: string[]): string => `#Insight Transform File V1.0\n${blocks.join("")}`;
  const movingFromFixed = (text: string): Mat4 => invertAffine(readTransformFile(text).fixedFromMoving);

  test.each<[string, string, Vec3, Vec3]>([
    ["a translation", block("TranslationTransform_double_3_3", "1 2 3"), [0, 0, 0], [1, 2, 3]],
    ["the identity", block("IdentityTransform_double_3_3", "", ""), [4, 5, 6], [4, 5, 6]],
    // A quarter turn about z around (1, 0, 0): (2, 0, 0) goes to (1, 1, 0), then up by 5.
    [
      "an affine turn about a centre",
      block("AffineTransform_float_3_3", "0 -1 0 1 0 0 0 0 1 0 0 5", "1 0 0"),
      [2, 0, 0],
      [1, 1, 5],
    ],
    [
      "a matrix with offset",
      block("MatrixOffsetTransformBase_double_3_3", "0 -1 0 1 0 0 0 0 1 0 0 5", "1 0 0"),
      [2, 0, 0],
      [1, 1, 5],
    ],
    [
      "a versor",
      block("VersorRigid3DTransform_double_3_3", `0 0 ${Math.SQRT1_2} 0 0 5`, "1 0 0"),
      [2, 0, 0],
      [1, 1, 5],
    ],
    [
      "Euler angles about z",
      block("Euler3DTransform_double_3_3", `0 0 ${Math.PI / 2} 0 0 5`, "1 0 0 0"),
      [2, 0, 0],
      [1, 1, 5],
    ],
    // Rz Rx Ry: y first takes z to x, then x leaves it, then z takes x to y.
    [
      "Euler angles in ITK's order",
      block("Euler3DTransform_double_3_3", `${Math.PI / 2} ${Math.PI / 2} ${Math.PI / 2} 0 0 0`),
      [0, 0, 1],
      [0, 1, 0],
    ],
    // Rz Ry Rx: x first takes y to z, then y takes z to x, then z takes x to y.
    [
      "Euler angles in ZYX order",
      block("Euler3DTransform_double_3_3", `${Math.PI / 2} ${Math.PI / 2} ${Math.PI / 2} 0 0 0`, "0 0 0 1"),
      [0, 1, 0],
      [0, 1, 0],
    ],
  ])("%s is understood", (_, text, from, to) => {
    expectClose(transformPoint(movingFromFixed(file(text)), from), to, 1e-12);
  });

  test("a composite applies the last transform first", () => {
    const turn = block("AffineTransform_double_3_3", "0 -1 0 1 0 0 0 0 1 0 0 0");
    const shift = block("TranslationTransform_double_3_3", "1 0 0");
    const composite = file(block("CompositeTransform_double_3_3", ""), turn, shift);
    expectClose(transformPoint(movingFromFixed(composite), [0, 0, 0]), [0, 1, 0], 1e-12);
  });

  test.each([
    ["other text", "hello", /starting with/],
    ["nothing inside", file(), /0 transforms/],
    [
      "two transforms",
      file(block("IdentityTransform_double_3_3", ""), block("IdentityTransform_double_3_3", "")),
      /2 transforms/,
    ],
    ["a deformation", file(block("BSplineTransform_double_3_3", "1 2")), /BSplineTransform/],
    ["a 2D transform", file(block("AffineTransform_double_2_2", "1 0 0 1 0 0")), /expected 12 in 3D/],
    ["scaling", file(block("AffineTransform_double_3_3", "2 0 0 0 2 0 0 0 2 0 0 0")), /scaling/],
    ["a reflection", file(block("AffineTransform_double_3_3", "-1 0 0 0 1 0 0 0 1 0 0 0")), /reflection/],
    ["words for numbers", file(block("TranslationTransform_double_3_3", "1 two 3")), /finite numbers/],
    ["too few numbers", file(block("VersorRigid3DTransform_double_3_3", "1 2 3")), /expected 6/],
  ])("%s is a named error", (_, text, message) => {
    expect(() => readTransformFile(text)).toThrow(message);
  });

  test("what is no rigid motion is not written", () => {
    const stretched = identity4.map((value) => 2 * value);
    expect(() => writeTransformFile({ fixedFromMoving: stretched, ...names })).toThrow(/not rigid/);
  });
});
