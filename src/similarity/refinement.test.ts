import { expect, it } from "vitest";
import { createLevenbergMarquardt } from "../optimisers/levenbergMarquardt.ts";
import { minimise } from "../optimisers/optimiser.ts";
import { createRandom } from "../random.ts";
import { similarities, similarityNames } from "./registry.ts";

const [width, height] = [64, 48];
const random = createRandom(4);
const blobs = Array.from({ length: 14 }, () => ({
  x: random.uniform(-26, 26),
  y: random.uniform(-18, 18),
  r: random.uniform(2.5, 6),
  a: random.uniform(0.4, 1.5),
}));

/** Blobs turned by p[2] radians and shifted by (p[0], p[1]) pixels, with the three derivative images. */
function render(p: ArrayLike<number>): { image: Float32Array; jacobian: Float32Array } {
  const pixels = width * height;
  const image = new Float32Array(pixels);
  const jacobian = new Float32Array(3 * pixels);
  const [c, s] = [Math.cos(p[2]!), Math.sin(p[2]!)];
  for (const b of blobs) {
    const [bx, by] = [c * b.x - s * b.y, s * b.x + c * b.y];
    for (let i = 0; i < pixels; i++) {
      const dx = (i % width) - width / 2 - p[0]! - bx;
      const dy = Math.floor(i / width) - height / 2 - p[1]! - by;
      const value = b.a * Math.exp(-(dx * dx + dy * dy) / (2 * b.r * b.r));
      const inverse = value / (b.r * b.r);
      image[i]! += value;
      jacobian[i]! += inverse * dx;
      jacobian[pixels + i]! += inverse * dy;
      jacobian[2 * pixels + i]! += inverse * (dy * bx - dx * by);
    }
  }
  return { image, jacobian };
}

const withEquations = similarityNames.filter((name) => name !== "mi");

it.each(withEquations)("%s finds shift and rotation of a changed image in about five steps", (name) => {
  const truth = [1.3, -0.9, 0.05];
  const shading = (i: number): number => 0.02 * (i % width);
  const clean = render(truth).image;
  // Another gain and offset, a little noise; shading only where the metric promises to bear it.
  const fixed = clean.map(
    (v, i) => 2.5 * v + 4 + 0.01 * random.normal() + (name === "local-ncc" ? shading(i) : 0),
  );
  const metric = similarities[name](fixed, width, height);
  const optimiser = createLevenbergMarquardt({
    start: [0, 0, 0],
    scales: [1, 1, 0.03],
    valueTolerance: 1e-5,
    stepTolerance: 1e-3,
  });
  const best = minimise(optimiser, (p) => {
    const { image, jacobian } = render(p);
    const [gradient, hessian] = [new Float64Array(3), new Float64Array(9)];
    return { value: -metric.normalEquations!(image, jacobian, gradient, hessian), gradient, hessian };
  });
  expect(Math.hypot(best.x[0]! - truth[0]!, best.x[1]! - truth[1]!)).toBeLessThan(0.05);
  expect(Math.abs(best.x[2]! - truth[2]!)).toBeLessThan(0.002);
  expect(optimiser.evaluations).toBeLessThanOrEqual(6);
});
