import { describe, expect, it } from "vitest";
import { type CarmFrame, views } from "../geometry/carm.ts";
import { attenuationCurve, attenuationFromHu } from "../image/attenuation.ts";
import type { Volume } from "../image/volume.ts";
import { createSpinePhantom } from "../phantoms/spinePhantom.ts";
import { createRandom } from "../random.ts";
import {
  canonicalGeometry,
  contentCentreMm,
  coordinateChannels,
  correlationMap,
  flattenImage,
  volumeInCarmAxes,
} from "./initialiserInput.ts";

const size = 32;
const noise = (seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: size * size }, () => random.normal());
};

describe("correlation map", () => {
  it.each([
    [0, 0],
    [4, -6],
    [-10, 2],
  ])("has its peak where the shift is (%i columns, %i rows)", (du, dv) => {
    const reference = noise(1);
    const shifted = new Float32Array(size * size);
    for (let v = 0; v < size; v++) {
      for (let u = 0; u < size; u++) {
        const [x, y] = [u - du, v - dv];
        if (x >= 0 && x < size && y >= 0 && y < size) shifted[v * size + u] = reference[y * size + x]!;
      }
    }
    const map = new Float32Array(size * size);
    correlationMap(shifted, reference, size, 2, map);
    const peak = map.indexOf(Math.max(...map));
    expect([peak % size, Math.floor(peak / size)]).toEqual([size / 2 + du, size / 2 + dv]);
  });
});

describe("flattened images", () => {
  const detector = { width: size, height: size };

  it("have mean 0 and variance 1, whatever gain, offset and slope the X-ray has", () => {
    const image = noise(2);
    const flat = flattenImage(image, undefined, detector, 0.14);
    const bent = image.map((value, p) => 7 + 3 * value + 0.5 * (p % size));
    const other = flattenImage(bent, undefined, detector, 0.14);
    const mean = flat.reduce((sum, value) => sum + value, 0) / flat.length;
    const variance = flat.reduce((sum, value) => sum + (value - mean) ** 2, 0) / flat.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(variance).toBeCloseTo(1, 1);
    // Away from the border, where the mean of a slope is one-sided.
    for (let v = 12; v < 20; v++) {
      for (let u = 12; u < 20; u++) expect(other[v * size + u]).toBeCloseTo(flat[v * size + u]!, 0);
    }
  });

  it("are 0 where the X-ray is dead, and dead values do not matter", () => {
    const weight = new Float32Array(size * size).fill(1).fill(0, 0, 8 * size);
    const image = noise(3);
    const changed = image.map((value, p) => (weight[p] ? value : 1e4));
    const flat = flattenImage(image, weight, detector, 0.14);
    expect([...flattenImage(changed, weight, detector, 0.14)]).toEqual([...flat]);
    expect(flat.subarray(0, 8 * size).every((value) => value === 0)).toBe(true);
  });

  it("stay finite on a blank image", () => {
    expect(flattenImage(new Float32Array(size * size), undefined, detector, 0.14).every((v) => v === 0)).toBe(
      true,
    );
  });
});

describe("the volume in C-arm axes", () => {
  /** One bright voxel off the centre by (x, y, z) steps of 8 mm. */
  const bright = (x: number, y: number, z: number): Volume => {
    const n = 17;
    const data = new Float32Array(n ** 3);
    data[8 + x + n * (8 + y + n * (8 + z))] = 1;
    return {
      ...{ data, size: [n, n, n], quantity: "attenuation" },
      worldFromVoxel: [8, 0, 0, -64, 0, 8, 0, -64, 0, 0, 8, -64, 0, 0, 0, 1],
    };
  };
  // Columns, rows and beam of each view in the world: the table of the reference views.
  const axes = {
    AP: { columns: [1, 0, 0], rows: [0, 0, -1], beam: [0, 1, 0] },
    PA: { columns: [-1, 0, 0], rows: [0, 0, -1], beam: [0, -1, 0] },
    LAT: { columns: [0, -1, 0], rows: [0, 0, -1], beam: [1, 0, 0] },
  } as const;

  it.each(views)("runs along columns, rows and beam in %s", (view) => {
    const frame: CarmFrame = { view, centreMm: [0, 0, 0], sourceToIsocentreMm: 700 };
    for (const [axis, stride] of [
      ["columns", 1],
      ["rows", 9],
      ["beam", 81],
    ] as const) {
      const [x, y, z] = axes[view][axis];
      const seen = volumeInCarmAxes(bright(3 * x, 3 * y, 3 * z), frame, {
        volumeSize: 9,
        volumeSpacingMm: 8,
      });
      expect(seen.indexOf(Math.max(...seen))).toBe((9 ** 3 - 1) / 2 + 3 * stride);
    }
  });
});

describe("the content's centre", () => {
  it("lies near L3 in the trunk and in the segmented spine", () => {
    const { ct, labels } = createSpinePhantom({ seed: 21, field: "trunk", spacingMm: 6 });
    const mu = attenuationFromHu(ct, { emptyBelowHu: -600 });
    const threshold = attenuationCurve({ emptyBelowHu: -600 })(150);
    const bone = { ...mu, data: Float32Array.from(mu.data, (value) => Math.max(0, value - threshold)) };
    const spine = {
      ...mu,
      data: Float32Array.from(mu.data, (value, i) =>
        labels.data[i]! >= 27 && labels.data[i]! <= 31 ? value : 0,
      ),
    };
    // The body of L3 is centred on the origin; its arch lies some 30 mm behind.
    for (const content of [bone, spine]) {
      const [x, y, z] = contentCentreMm(content);
      expect(Math.abs(x)).toBeLessThan(10);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(45);
      expect(Math.abs(z)).toBeLessThan(30);
    }
  });

  it("is the grid's centre when there is nothing", () => {
    const empty: Volume = {
      ...{ data: new Float32Array(8), size: [2, 2, 2], quantity: "attenuation" },
      worldFromVoxel: [1, 0, 0, 5, 0, 1, 0, 6, 0, 0, 1, 7, 0, 0, 0, 1],
    };
    expect(contentCentreMm(empty)).toEqual([5.5, 6.5, 7.5]);
  });
});

describe("canonical detector", () => {
  it("covers the preset's area at any size", () => {
    const { camera } = canonicalGeometry(64);
    expect(camera.width).toBe(64);
    expect(camera.pixelSpacingMm[0] * 64).toBeCloseTo(0.79836 * 256, 9);
    expect(camera.principalPointPx).toEqual([31.5, 31.5]);
  });

  it("has coordinates of variance 1", () => {
    const channels = coordinateChannels(64);
    const variance = channels.reduce((sum, value) => sum + value * value, 0) / channels.length;
    expect(variance).toBeCloseTo(1, 2);
  });
});
