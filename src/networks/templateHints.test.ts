import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { gaussianBlur } from "../image/filters/gaussian.ts";
import { hintCount, matchTemplates, templateHints, templateImage, templatePoses } from "./templateHints.ts";

const size = 64;

/** A smooth random image with mean zero. */
function texture(seed: number): Float32Array {
  const random = createRandom(seed);
  const image = gaussianBlur(
    Float32Array.from({ length: size * size }, () => random.normal()),
    size,
    size,
    2.5,
  );
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  return image.map((value) => value - mean);
}

function shifted(image: Float32Array, u: number, v: number): Float32Array {
  return image.map((_, p) => {
    const [x, y] = [(p % size) - u, Math.floor(p / size) - v];
    return x >= 0 && x < size && y >= 0 && y < size ? image[y * size + x]! : 0;
  });
}

const images = templatePoses.map((_, r) => texture(100 + r));
const templates = images.map((image) => templateImage(image, size));

describe("template matching", () => {
  it("finds which template an image shows, and where", () => {
    const shown = 13;
    const matches = matchTemplates(templateImage(shifted(images[shown]!, 10, -6), size), templates, size);
    const order = matches.map((_, r) => r).sort((a, b) => matches[b]!.height - matches[a]!.height);
    expect(order[0]).toBe(shown);
    const { shiftPx, height, pose } = matches[shown]!;
    expect(shiftPx).toEqual([10, -6]);
    expect(height).toBeGreaterThan(0.95);
    // 3.19 mm a pixel at the detector, seen from 700 of 1011.7 mm.
    expect(pose.ty).toBeCloseTo((10 * 3.19344 * 700) / 1011.7, 2);
    expect(pose.tz).toBeCloseTo((-6 * 3.19344 * 700) / 1011.7, 2);
    expect(pose.rx).toBe(templatePoses[shown]!.rx);
  });

  it("votes for the pose of the template that fits", () => {
    const shown = 0;
    const hints = new Float32Array(hintCount);
    const matches = matchTemplates(templateImage(images[shown]!, size), templates, size);
    templateHints(matches, size, hints);
    const vote = hints.subarray(hintCount - 6);
    [-1, -1, -1, 0, 0, 0].forEach((value, q) => expect(vote[q]).toBeCloseTo(value, 2));
    expect([...hints.subarray(0, 3)].map((value) => Math.round(value))).toEqual([4, 0, 0]);
  });

  it("makes nothing of an empty image", () => {
    const hints = new Float32Array(hintCount);
    const blank = templateImage(new Float32Array(size * size), size);
    templateHints(matchTemplates(blank, templates, size), size, hints);
    expect(hints.every(Number.isFinite)).toBe(true);
  });
});
