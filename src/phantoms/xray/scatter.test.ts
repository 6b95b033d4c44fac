import { expect, test } from "vitest";
import { blurColumns, blurRows, scatterImage } from "./scatter.ts";

test("its mean behind the patient is the asked share of the primary", () => {
  const primary = Float64Array.from({ length: 60 * 40 }, (_, n) =>
    n % 60 < 30 ? 0.02 + 0.001 * (n % 7) : 0.9,
  );
  const scatter = scatterImage(primary, 60, 40, [2, 2], { toPrimary: 0.7, spreadMm: 30 });
  let [behind, sum] = [0, 0];
  primary.forEach((p, n) => {
    if (p >= 0.5) return;
    behind += p;
    sum += scatter[n]!;
  });
  expect(sum / behind).toBeCloseTo(0.7, 6);
});

test("it is smooth where the primary has an edge, and absent in an open beam", () => {
  const edge = Float64Array.from({ length: 64 * 64 }, (_, n) => (n % 64 < 32 ? 0.01 : 0.4));
  const scatter = scatterImage(edge, 64, 64, [2, 2], { toPrimary: 1, spreadMm: 40 });
  for (let u = 1; u < 64; u++) {
    expect(Math.abs(scatter[64 * 32 + u]! - scatter[64 * 32 + u - 1]!)).toBeLessThan(
      0.1 * scatter[64 * 32 + u]!,
    );
  }
  const open = scatterImage(new Float64Array(100).fill(1), 10, 10, [2, 2], { toPrimary: 1, spreadMm: 40 });
  expect(open.every((s) => s === 0)).toBe(true);
});

test("blur keeps constants and the sum of an inner point, and has the asked variance", () => {
  expect(blurRows(new Float64Array(50).fill(3), 10, 5, 1.4)[24]).toBeCloseTo(3, 12);
  const point = new Float64Array(41 * 41);
  point[20 + 41 * 20] = 1;
  const spread = blurColumns(blurRows(point, 41, 41, 2), 41, 41, 2);
  expect(spread.reduce((sum, s) => sum + s, 0)).toBeCloseTo(1, 12);
  const variance = spread.reduce((sum, s, n) => sum + s * ((n % 41) - 20) ** 2, 0);
  expect(Math.abs(variance - 4)).toBeLessThan(0.15);
});
