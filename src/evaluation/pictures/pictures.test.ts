import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { drawText, textWidth } from "./bitmapFont.ts";
import { findEdges } from "./edges.ts";
import { encodePicture } from "./encodePicture.ts";
import { enlargeImage, enlargeWeight } from "./enlarge.ts";
import { greyPicture, percentiles, robustWindow } from "./intensityWindow.ts";
import { differencePicture, divergingColour, edgeOverlay, fusionPicture } from "./overlays.ts";
import { type Picture, type ScalarImage, createPicture, shrinkPicture } from "./picture.ts";
import { comparisonMask, registrationPictures } from "./registrationPictures.ts";
import { pictureSheet } from "./sheet.ts";

const image = (width: number, height: number, value: (x: number, y: number) => number): ScalarImage => ({
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
  width,
  height,
});
const colourAt = (picture: Picture, x: number, y: number): number[] => [
  ...picture.data.subarray(4 * (y * picture.width + x), 4 * (y * picture.width + x) + 3),
];
const ramp = image(64, 48, (x, y) => x + y / 100);
const disc = image(64, 64, (x, y) => (Math.hypot(x - 31, y - 33) < 18 ? 5 : 1));

describe("window", () => {
  test("percentiles of 0..100 are themselves, whatever the weight leaves out is not counted", () => {
    const values = image(101, 1, (x) => x);
    expect(percentiles(values, [0, 0.25, 0.5, 1])).toEqual([0, 25, 50, 100]);
    const upper = Float32Array.from(values.data, (value) => (value >= 50 ? 1 : 0));
    expect(percentiles(values, [0, 1], upper)).toEqual([50, 100]);
  });

  test("a few hot pixels and NaN do not change the window", () => {
    const hot = { ...ramp, data: ramp.data.map((v, i) => (i === 5 ? 1e9 : i === 6 ? Number.NaN : v)) };
    expect(robustWindow(hot).high).toBeCloseTo(robustWindow(ramp).high, 0);
  });

  test("a constant or empty image is shown, not divided by zero", () => {
    for (const value of [0, 7, Number.NaN]) {
      const picture = greyPicture(image(4, 4, () => value));
      expect(picture.data.every((level) => level === 0 || level === 255)).toBe(true);
    }
  });

  test("grey runs from black to white", () => {
    const picture = greyPicture(ramp, { low: 0, high: 63 });
    expect(colourAt(picture, 0, 0)).toEqual([0, 0, 0]);
    expect(colourAt(picture, 63, 47)).toEqual([255, 255, 255]);
  });
});

describe("fusion and difference", () => {
  test("equal images up to gain and offset fuse to grey and have no difference", () => {
    const scaled = { ...ramp, data: ramp.data.map((value) => 40 + 3.5 * value) };
    const fusion = fusionPicture(ramp, scaled);
    const difference = differencePicture(ramp, scaled);
    for (let pixel = 0; pixel < ramp.data.length; pixel++) {
      const [r, g, b] = fusion.data.subarray(4 * pixel, 4 * pixel + 3);
      expect(Math.abs(r! - g!)).toBeLessThanOrEqual(1);
      expect(g).toBe(b);
      expect([...difference.data.subarray(4 * pixel, 4 * pixel + 3)]).toEqual([244, 244, 244]);
    }
  });

  test("what only the first image has is red in both", () => {
    const spot = image(64, 64, (x, y) => (Math.hypot(x - 16, y - 16) < 5 ? 20 : (x * 7 + y * 3) % 10));
    const flat = image(64, 64, (x, y) => (x * 7 + y * 3) % 10);
    const [r, g] = colourAt(fusionPicture(spot, flat), 16, 16);
    expect(r! - g!).toBeGreaterThan(60);
    const [red, , blue] = colourAt(differencePicture(spot, flat), 16, 16);
    expect(red! - blue!).toBeGreaterThan(100);
    const [redBack, , blueBack] = colourAt(differencePicture(flat, spot), 16, 16);
    expect(blueBack! - redBack!).toBeGreaterThan(100);
  });

  test("the palette is symmetric: white in the middle, full colour from the ends on", () => {
    expect(divergingColour(0)).toEqual([244, 244, 244]);
    expect(divergingColour(1)).toEqual(divergingColour(9));
    expect(divergingColour(-1)).toEqual(divergingColour(-9));
  });
});

describe("edges", () => {
  test("lie within a pixel of a disc's outline and do not depend on gain and offset", () => {
    const edges = findEdges(disc);
    const scaled = findEdges({ ...disc, data: disc.data.map((value) => 100 + 4 * value) });
    expect(scaled).toEqual(edges);
    const angles = new Set<number>();
    edges.forEach((edge, i) => {
      if (edge === 0) return;
      const [dx, dy] = [(i % 64) - 31, Math.floor(i / 64) - 33];
      expect(Math.abs(Math.hypot(dx, dy) - 18)).toBeLessThan(1.6);
      angles.add(Math.floor((6 * (Math.atan2(dy, dx) + Math.PI)) / Math.PI));
    });
    expect(angles.size).toBeGreaterThanOrEqual(12);
  });

  test("none in a constant image, none outside the weight", () => {
    expect(findEdges(image(20, 20, () => 3)).includes(1)).toBe(false);
    const left = image(64, 64, (x) => (x < 32 ? 1 : 0)).data;
    const edges = findEdges(disc, { weight: left });
    expect(edges.some((edge, i) => edge === 1 && i % 64 >= 32)).toBe(false);
    expect(edges.includes(1)).toBe(true);
  });

  test("are drawn in their colour over grey", () => {
    const picture = edgeOverlay(disc, disc, { colour: [1, 2, 3] });
    const edges = findEdges(disc);
    const marked = edges.indexOf(1);
    expect([...picture.data.subarray(4 * marked, 4 * marked + 3)]).toEqual([1, 2, 3]);
  });
});

test("enlarging keeps constants and linear ramps in the middle, and pixel areas in place", () => {
  const twice = enlargeImage(ramp, 2);
  expect([twice.width, twice.height]).toEqual([128, 96]);
  expect(twice.data[50 * 128 + 64]).toBeCloseTo(31.75 + 24.75 / 100, 4);
  const weight = enlargeWeight(new Float32Array([0, 1, 2, 3]), 2, 2, 3);
  expect([...weight.subarray(0, 6)]).toEqual([0, 0, 0, 1, 1, 1]);
  expect(weight[35]).toBe(3);
});

test("the comparison mask leaves out the X-ray's dead pixels and the border of the DRR", () => {
  const drr = image(20, 20, (x) => (x < 10 ? 0 : 1));
  const weight = image(20, 20, (_, y) => (y < 10 ? 0 : 1)).data;
  const mask = comparisonMask(drr, weight);
  expect(mask[15 * 20 + 15]).toBe(1);
  expect(mask[15 * 20 + 11]).toBe(0);
  expect(mask[5 * 20 + 15]).toBe(0);
  expect(comparisonMask(image(4, 4, () => 0)).every((value) => value === 1)).toBe(true);
});

describe("sheets and files", () => {
  test("text takes the width it says and stays inside it", () => {
    const picture = createPicture(textWidth("Xg", 2) + 8, 30);
    drawText(picture, "Xg", 4, 4, [255, 255, 255], 2);
    const columns = new Set<number>();
    picture.data.forEach((value, i) => {
      if (i % 4 === 0 && value === 255) columns.add((i / 4) % picture.width);
    });
    expect(Math.min(...columns)).toBe(4);
    expect(Math.max(...columns)).toBe(4 + textWidth("Xg", 2) - 1);
  });

  test("tiles stand beside and below each other without overlap", () => {
    const tile = (red: number): { picture: Picture; caption: string } => ({
      picture: createPicture(50, 40, [red, 0, 0]),
      caption: "x",
    });
    const sheet = pictureSheet([tile(10), tile(20), tile(30)], { columns: 2 });
    const counts = new Map<number, number>();
    for (let i = 0; i < sheet.data.length; i += 4) {
      if (sheet.data[i + 1] === 0) counts.set(sheet.data[i]!, (counts.get(sheet.data[i]!) ?? 0) + 1);
    }
    expect([counts.get(10), counts.get(20), counts.get(30)]).toEqual([2000, 2000, 2000]);
  });

  test("a PNG gives the colours back and carries no text", () => {
    const picture = fusionPicture(
      ramp,
      image(64, 48, (x, y) => x * y),
    );
    const decoded = decode(encodePicture(picture));
    expect([decoded.width, decoded.height, decoded.channels, decoded.text]).toEqual([64, 48, 3, {}]);
    const back = Array.from({ length: 64 * 48 }, (_, p) => [...decoded.data.subarray(3 * p, 3 * p + 3)]);
    expect(back[1000]).toEqual(colourAt(picture, 1000 % 64, Math.floor(1000 / 64)));
  });

  test("what is left out of the comparison is dimmed, not coloured", () => {
    const left = image(64, 64, (x) => (x < 32 ? 1 : 0)).data;
    const other = image(64, 64, (x, y) => (x * 3 + y) % 7);
    const colours = [
      colourAt(fusionPicture(disc, other, left), 50, 5),
      colourAt(greyPicture(disc, { low: 0, high: 1 }, left), 50, 5),
    ];
    for (const [red, green, blue] of colours) expect([green, blue]).toEqual([red, red]);
    expect(colours[1]![0]).toBe(Math.round(0.4 * 255));
  });

  test("shrinking takes means, and a large detector is binned before it is drawn", () => {
    const checks = greyPicture(
      image(4, 4, (x, y) => (x + y) % 2),
      { low: 0, high: 1 },
    );
    expect([...shrinkPicture(checks, 2).data.subarray(0, 4)]).toEqual([128, 128, 128, 255]);
    const large = image(2100, 30, (x, y) => (x * 7 + y * 13) % 31);
    const { xray, sheet } = registrationPictures({ xray: large, before: large, after: large });
    expect([xray.width, xray.height]).toEqual([700, 10]);
    expect(sheet.width).toBeLessThan(4 * 720);
  });

  test("all pictures of a registration have one size; a DRR that misses is no crash", () => {
    const empty = image(64, 64, () => 0);
    const pictures = registrationPictures({ xray: disc, before: empty, after: disc });
    const { sheet, ...single } = pictures;
    expect(new Set(Object.values(single).map((picture) => `${picture.width}x${picture.height}`))).toEqual(
      new Set(["512x512"]),
    );
    expect(sheet.width).toBeGreaterThan(4 * 512);
  });
});
