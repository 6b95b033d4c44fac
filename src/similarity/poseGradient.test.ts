import { expect, it } from "vitest";
import { poseGradient } from "./poseGradient.ts";
import { similarities, similarityNames } from "./registry.ts";
import { randomImage, randomJacobian } from "./images.testkit.ts";

it("sums image gradient times each parameter image", () => {
  const gradient = Float32Array.of(1, 2, 3);
  const jacobian = Float32Array.of(1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0, -2);
  expect([...poseGradient(gradient, jacobian)]).toEqual([1, 2, 6, -6]);
  const out = new Float64Array(4).fill(9);
  expect(poseGradient(gradient, jacobian, out)).toBe(out);
  expect([...out]).toEqual([1, 2, 6, -6]);
});

it.each(similarityNames)(
  "%s is registered under its name and has the pose gradient of finite differences",
  (name) => {
    const [width, height, n] = [24, 20, 6];
    const pixels = width * height;
    const [fixed, moving] = [randomImage(1, width, height), randomImage(2, width, height)];
    const jacobian = randomJacobian(9, n, width, height);
    const metric = similarities[name](fixed, width, height);
    expect(metric.name).toBe(name);
    expect([metric.width, metric.height]).toEqual([width, height]);
    const image = new Float32Array(pixels);
    metric.valueAndGradient(moving, image);
    const gradient = poseGradient(image, jacobian);
    const largest = Math.max(...gradient.map(Math.abs));
    for (let q = 0; q < n; q++) {
      const at = (step: number): number =>
        metric.value(moving.map((m, i) => m + step * jacobian[q * pixels + i]!));
      const slope = (at(1e-3) - at(-1e-3)) / 2e-3;
      expect(Math.abs(slope - gradient[q]!)).toBeLessThan(3e-3 * largest);
    }
  },
);
