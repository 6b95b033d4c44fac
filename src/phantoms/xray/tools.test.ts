import fc from "fast-check";
import { expect, test } from "vitest";
import { type Vec3, normalise } from "../../geometry/vec3.ts";
import { createRandom } from "../../random.ts";
import { testCamera } from "./solids.testkit.ts";
import { type ToolPiece, chordMm, drawTools, shadowBox } from "./tools.ts";

const axes: [Vec3, Vec3, Vec3] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

test("a wire across the beam is as thick as its diameter", () => {
  const wire: ToolPiece = { kind: "cylinder", from: [-40, 0, 700], to: [40, 0, 700], radiusMm: 1.25 };
  expect(chordMm(wire, [0, 0, 1])).toBeCloseTo(2.5, 10);
  expect(chordMm(wire, normalise([0, 1.25 / 700 + 1e-6, 1]))).toBe(0);
});

test("a wire along the beam is as thick as it is long", () => {
  const wire: ToolPiece = { kind: "cylinder", from: [0, 0, 600], to: [0, 0, 660], radiusMm: 1 };
  expect(chordMm(wire, [0, 0, 1])).toBeCloseTo(60, 10);
});

test("a box is as thick as it is deep, and nothing lies beside or behind the source", () => {
  const box: ToolPiece = { kind: "box", centre: [0, 0, 500], axes, halfMm: [10, 5, 3] };
  expect(chordMm(box, [0, 0, 1])).toBeCloseTo(6, 10);
  expect(chordMm(box, [0, 0, -1])).toBe(0);
  expect(chordMm(box, normalise([0.03, 0, 1]))).toBe(0);
});

test("chords agree with points counted along the ray", () => {
  const pieces: ToolPiece[] = [
    { kind: "cylinder", from: [-20, 5, 680], to: [25, -8, 715], radiusMm: 6 },
    { kind: "box", centre: [4, -3, 705], axes, halfMm: [22, 9, 4] },
  ];
  fc.assert(
    fc.property(
      fc.double({ min: -0.04, max: 0.04, noNaN: true }),
      fc.double({ min: -0.02, max: 0.02, noNaN: true }),
      (x, y) => {
        const direction = normalise([x, y, 1]);
        for (const piece of pieces) {
          let inside = 0;
          for (let s = 640; s < 780; s += 0.05) {
            if (contains(piece, [direction[0] * s, direction[1] * s, direction[2] * s])) inside += 0.05;
          }
          expect(Math.abs(chordMm(piece, direction) - inside)).toBeLessThan(0.16);
        }
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});

function contains(piece: ToolPiece, p: Vec3): boolean {
  if (piece.kind === "box")
    return p.every((value, a) => Math.abs(value - piece.centre[a]!) <= piece.halfMm[a]!);
  const axis = piece.to.map((value, a) => value - piece.from[a]!);
  const length = Math.hypot(...axis);
  const offset = p.map((value, a) => value - piece.from[a]!);
  const along = offset.reduce((sum, value, a) => sum + (value * axis[a]!) / length, 0);
  const square = offset.reduce((sum, value) => sum + value * value, 0) - along * along;
  return along >= 0 && along <= length && square <= piece.radiusMm ** 2;
}

test("the shadow box holds the whole shadow of drawn tools", () => {
  const camera = testCamera(128, 2);
  let outside = 0;
  for (let seed = 1; seed <= 8; seed++) {
    for (const piece of drawTools(createRandom(seed), camera, 700, 3).flatMap((tool) => tool.pieces)) {
      const [u0, u1, v0, v1] = shadowBox(piece, camera);
      for (let v = 0; v < 128; v += 3) {
        for (let u = 0; u < 128; u += 3) {
          if (u >= u0 && u <= u1 && v >= v0 && v <= v1) continue;
          if (chordMm(piece, normalise([(u - 63.5) * 2, (v - 63.5) * 2, 1000])) > 0) outside++;
        }
      }
    }
  }
  expect(outside).toBe(0);
});
