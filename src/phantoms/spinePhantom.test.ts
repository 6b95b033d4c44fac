import { beforeAll, describe, expect, test } from "vitest";
import { invertAffine, transformPoint } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { type Volume, voxelSpacingMm } from "../image/volume.ts";
import { type SpinePhantom, createSpinePhantom } from "./spinePhantom.ts";

const lumbar = ["L1", "L2", "L3", "L4", "L5"] as const;

function valueAt(volume: Volume, world: Vec3): number {
  const [x, y, z] = transformPoint(invertAffine(volume.worldFromVoxel), world);
  const [i, j, k] = [Math.round(x), Math.round(y), Math.round(z)];
  const [nx, ny, nz] = volume.size;
  if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return Number.NaN;
  return volume.data[i + nx * (j + ny * k)]!;
}

interface LabelFacts {
  count: number;
  meanHu: number;
  boneShare: number;
  centroid: Vec3;
}

/** Voxels, HU and centroid of every label. */
function labelFacts({ ct, labels }: SpinePhantom): Map<number, LabelFacts> {
  const sums = new Map<number, { n: number; hu: number; bone: number; x: number; y: number; z: number }>();
  const [nx, ny] = labels.size;
  labels.data.forEach((label: number, n: number) => {
    if (label === 0) return;
    const sum = sums.get(label) ?? { n: 0, hu: 0, bone: 0, x: 0, y: 0, z: 0 };
    sum.n++;
    sum.hu += ct.data[n]!;
    if (ct.data[n]! > 60) sum.bone++;
    sum.x += n % nx;
    sum.y += Math.floor(n / nx) % ny;
    sum.z += Math.floor(n / (nx * ny));
    sums.set(label, sum);
  });
  return new Map(
    [...sums].map(([label, s]) => [
      label,
      {
        count: s.n,
        meanHu: s.hu / s.n,
        boneShare: s.bone / s.n,
        centroid: transformPoint(labels.worldFromVoxel, [s.x / s.n, s.y / s.n, s.z / s.n]),
      },
    ]),
  );
}

const vertebra = (phantom: SpinePhantom, name: string) =>
  phantom.description.vertebrae.find((v) => v.name === name)!;

const straight = { scoliosisDeg: 0, axialRotationDeg: 0, osteopenia: 0.2 };
let average: SpinePhantom;
let facts: Map<number, LabelFacts>;
beforeAll(() => {
  average = createSpinePhantom({ seed: 11, spacingMm: 2.5, noiseHu: 0, variation: straight });
  facts = labelFacts(average);
});

describe("labels and CT", () => {
  test("carry TotalSegmentator's numbers, in order from the sacrum upwards", () => {
    const numbers = [25, 26, 27, 28, 29, 30, 31, 32, 33];
    const heights = numbers.map((label) => facts.get(label)!.centroid[2]);
    expect([...heights].sort((a, b) => a - b)).toEqual(heights);
    expect(average.labels.quantity).toBe("label");
    expect(average.ct.data).toBeInstanceOf(Int16Array);
    expect(average.ct.worldFromVoxel).toEqual(average.labels.worldFromVoxel);
  });
  test("agree: labelled voxels are bone", () => {
    for (const label of [26, 27, 28, 29, 30, 31, 32]) {
      const { meanHu, boneShare } = facts.get(label)!;
      expect(meanHu).toBeGreaterThan(180);
      expect(meanHu).toBeLessThan(520);
      expect(boneShare).toBeGreaterThan(0.97);
    }
  });
  test("lumbar vertebrae have human volumes (45 to 85 ml with arch and marrow)", () => {
    const voxelMl = 2.5 ** 3 / 1000;
    for (const label of [27, 28, 29, 30, 31]) {
      const volume = facts.get(label)!.count * voxelMl;
      expect(volume).toBeGreaterThan(40);
      expect(volume).toBeLessThan(90);
    }
  });
});

describe("anatomy", () => {
  test("described bodies are where they are labelled", () => {
    for (const { label, landmarks } of average.description.vertebrae.filter(
      (v) => v.label >= 27 && v.label <= 32,
    )) {
      expect(valueAt(average.labels, landmarks.bodyCentreMm)).toBe(label);
      expect(valueAt(average.labels, landmarks.leftPedicleMm)).toBe(label);
      expect(valueAt(average.labels, landmarks.rightPedicleMm)).toBe(label);
      expect(valueAt(average.labels, landmarks.spinousTipMm)).toBe(label);
    }
  });
  test("bodies are as high and as wide as described, within a voxel", () => {
    for (const name of lumbar) {
      const { worldFromVertebra, label, morphometry: m } = vertebra(average, name);
      const reach = (direction: Vec3): number => {
        let mm = 0;
        while (
          valueAt(
            average.labels,
            transformPoint(worldFromVertebra, direction.map((d) => d * mm) as unknown as Vec3),
          ) === label
        )
          mm += 0.25;
        return mm;
      };
      const height = reach([0, 0, 1]) + reach([0, 0, -1]);
      const width = reach([1, 0, 0]) + reach([-1, 0, 0]);
      expect(Math.abs(height - (m.heightAnterior + m.heightPosterior) / 2 + 3)).toBeLessThan(4.5);
      expect(Math.abs(width - 0.86 * ((m.widthUpper + m.widthLower) / 2))).toBeLessThan(4.5);
      expect(m.heightAnterior).toBeGreaterThan(20);
      expect(m.heightAnterior).toBeLessThan(35);
      expect(m.widthUpper).toBeGreaterThan(34);
      expect(m.widthUpper).toBeLessThan(60);
    }
  });
  test("the canal holds no bone from T11 to L5", () => {
    for (const { name, worldFromVertebra, morphometry: m } of average.description.vertebrae.slice(2, -1)) {
      const back = 0.22 * (m.depthUpper + m.depthLower) - 1;
      for (let z = -16; z <= 16; z += 2) {
        const hu = valueAt(average.ct, transformPoint(worldFromVertebra, [0, back + m.canalDepth / 2, z]));
        if (Number.isNaN(hu)) continue;
        expect(hu, `${name} at ${z} mm`).toBeLessThan(130);
      }
    }
  });
  test("discs lie between bodies and are not bone", () => {
    lumbar.slice(1).forEach((name, i) => {
      const above = vertebra(average, lumbar[i]!);
      const below = vertebra(average, name);
      const z =
        (below.morphometry.heightAnterior + below.morphometry.heightPosterior) / 4 +
        above.morphometry.discHeight / 2;
      const hu = valueAt(average.ct, transformPoint(below.worldFromVertebra, [0, 0, z]));
      expect(hu).toBeGreaterThan(30);
      expect(hu).toBeLessThan(170);
    });
  });
  test("a straight spine is the same left and right", () => {
    const [nx, ny, nz] = average.labels.size;
    let [both, either] = [0, 0];
    for (let n = 0; n < nx * ny * nz; n++) {
      const i = n % nx;
      const [a, b] = [average.labels.data[n]!, average.labels.data[n - i + (nx - 1 - i)]!];
      if (a > 0 || b > 0) either++;
      if (a > 0 && a === b) both++;
    }
    expect(both / either).toBeGreaterThan(0.999);
  });
  test("the back of the patient is at +y, the head at +z, air outside", () => {
    const { landmarks } = vertebra(average, "L3");
    expect(landmarks.spinousTipMm[1]).toBeGreaterThan(landmarks.bodyCentreMm[1] + 40);
    expect(vertebra(average, "L1").landmarks.bodyCentreMm[2]).toBeGreaterThan(50);
    expect(vertebra(average, "L3").landmarks.leftPedicleMm[0]).toBeGreaterThan(10);
    expect(average.ct.data[0]).toBeLessThan(-990);
  });
});

describe("variation", () => {
  const coarse = (variation: object, seed = 4): SpinePhantom =>
    createSpinePhantom({
      ...{ seed, spacingMm: 3, size: [44, 44, 74], noiseHu: 0, bonesOnly: true },
      variation,
    });
  test("a scoliosis bends the column to its side by its Cobb angle and turns the apex", () => {
    const bent = coarse({ scoliosisDeg: 24, axialRotationDeg: 10 });
    const tilt = (name: string): number => {
      const m = vertebra(bent, name).worldFromVertebra;
      return (Math.atan2(m[2]!, m[10]!) * 180) / Math.PI;
    };
    expect(tilt("L4") - tilt("T12")).toBeCloseTo(24, -1);
    expect(vertebra(bent, "L2").landmarks.bodyCentreMm[0]).toBeGreaterThan(
      vertebra(bent, "T11").landmarks.bodyCentreMm[0] + 2,
    );
    const [left, right] = [
      vertebra(bent, "L2").landmarks.leftPedicleMm,
      vertebra(bent, "L2").landmarks.rightPedicleMm,
    ];
    expect(left[1] - right[1]).toBeGreaterThan(3);
  });
  test("lordosis is the angle from L1 to S1", () => {
    const slope = (name: string): number => {
      const m = vertebra(curved, name).worldFromVertebra;
      return (Math.atan2(m[6]!, m[10]!) * 180) / Math.PI;
    };
    const curved = coarse({ ...straight, lordosisDeg: 60 });
    expect(Math.abs(slope("L1") - slope("S1") - 60)).toBeLessThan(4);
  });
  test("osteopenia thins the bone", () => {
    const [dense, thin] = [labelFacts(coarse({ osteopenia: 0 })), labelFacts(coarse({ osteopenia: 1 }))];
    expect(thin.get(29)!.meanHu).toBeLessThan(0.72 * dense.get(29)!.meanHu);
  });
  test("osteophytes widen the margins only", () => {
    const bands = (osteophytes: number): [number, number] => {
      const { labels, description } = coarse({ ...straight, osteophytes });
      const { worldFromVertebra, morphometry: m } = description.vertebrae.find((v) => v.name === "L3")!;
      const vertebraFromWorld = invertAffine(worldFromVertebra);
      const [nx, ny] = labels.size;
      let [margin, waist] = [0, 0];
      labels.data.forEach((label: number, n: number) => {
        if (label !== 29) return;
        const index: Vec3 = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / (nx * ny))];
        const [, y, z] = transformPoint(vertebraFromWorld, transformPoint(labels.worldFromVoxel, index));
        if (y > 10) return;
        if (Math.abs(z) > 0.36 * m.heightAnterior) margin++;
        else if (Math.abs(z) < 0.18 * m.heightAnterior) waist++;
      });
      return [margin, waist];
    };
    const [smooth, beaked] = [bands(0), bands(1)];
    expect(beaked[0]).toBeGreaterThan(1.1 * smooth[0]);
    expect(beaked[1]).toBeLessThan(1.02 * smooth[1]);
  });
  test("transitional vertebrae: L5 narrows onto the sacrum, S1 gains a disc", () => {
    const [plain, sacral] = [coarse({}), coarse({ transition: "sacralised-l5" })];
    expect(vertebra(sacral, "L5").morphometry.discHeight).toBeLessThan(
      0.6 * vertebra(plain, "L5").morphometry.discHeight,
    );
    const below = (phantom: SpinePhantom): number => {
      const { worldFromVertebra } = vertebra(phantom, "S1");
      const s = phantom.description.variation.skeletonScale;
      return valueAt(phantom.ct, transformPoint(worldFromVertebra, [9 * s, s, -17 * s]));
    };
    expect(below(coarse({ transition: "lumbarised-s1" }))).toBeLessThan(140);
  });
  test("more gas, more dark voxels in the belly", () => {
    const gas = (amount: number): number =>
      createSpinePhantom({ seed: 4, spacingMm: 5, noiseHu: 0, variation: { gas: amount } }).ct.data.filter(
        (hu: number) => hu < -900 && hu > -999,
      ).length;
    expect(gas(1)).toBeGreaterThan(1.2 * gas(0));
    expect(coarse({ gas: 0 }).description.gas).toEqual([]);
  });
  test("fixing one field leaves the others as drawn", () => {
    const [drawn, fixed] = [coarse({}).description, coarse({ fatMm: 40 }).description];
    expect({ ...fixed.variation, fatMm: drawn.variation.fatMm }).toEqual(drawn.variation);
    expect(fixed.vertebrae).toEqual(drawn.vertebrae);
  });
});

test.each([3, 21, 30])("skin covers the spine and the hips (seed %d)", (seed) => {
  const { ct, description } = createSpinePhantom({ seed, spacingMm: 4, noiseHu: 0 });
  for (const { name, landmarks } of description.vertebrae) {
    const [x, y, z] = landmarks.spinousTipMm;
    const behind = valueAt(ct, [x, y + 9, z]);
    if (!Number.isNaN(behind) && name !== "S1") expect(behind, name).toBeGreaterThan(-400);
  }
});

describe("seeds and grids", () => {
  test("one seed, one phantom; another seed, another", () => {
    const make = (seed: number): SpinePhantom => createSpinePhantom({ seed, spacingMm: 10 });
    const [a, b] = [make(5), make(5)];
    expect(a.ct.data).toEqual(b.ct.data);
    expect(a.labels.data).toEqual(b.labels.data);
    expect(a.description).toEqual(b.description);
    expect(make(5).ct.data).not.toEqual(make(6).ct.data);
    expect(make(5).description.variation).not.toEqual(make(6).description.variation);
  });
  test("resolution changes the grid, not the patient: bone keeps its mass", () => {
    const mass = (size: [number, number, number], spacingMm: Vec3): number => {
      const options = { seed: 11, size, spacingMm, noiseHu: 0, variation: straight, bonesOnly: true };
      const { ct } = createSpinePhantom(options);
      const sum = Float64Array.from(ct.data).reduce((total, hu) => total + hu + 1000, 0);
      return (sum * spacingMm[0] * spacingMm[1] * spacingMm[2]) / 1e6;
    };
    const fine = mass([96, 96, 64], [1.25, 1.25, 1.25]);
    expect(Math.abs(mass([48, 48, 32], [2.5, 2.5, 2.5]) / fine - 1)).toBeLessThan(0.02);
    expect(Math.abs(mass([96, 96, 16], [1.25, 1.25, 5]) / fine - 1)).toBeLessThan(0.03);
  });
  test("the lumbar cube is 128 cubed, isotropic, and holds L1 to L5 whole", () => {
    const phantom = createSpinePhantom({ seed: 2, field: "lumbar", bonesOnly: true });
    expect(phantom.ct.size).toEqual([128, 128, 128]);
    const [sx, sy, sz] = voxelSpacingMm(phantom.ct);
    expect(sx).toBeCloseTo(sz, 9);
    expect(sy).toBeCloseTo(sz, 9);
    phantom.labels.data.forEach((label: number, n: number) => {
      if (label < 27 || label > 31) return;
      const index = [n % 128, Math.floor(n / 128) % 128, Math.floor(n / 16384)];
      expect(index.every((i) => i > 0 && i < 127)).toBe(true);
    });
    for (const label of [27, 28, 29, 30, 31]) expect(phantom.labels.data.includes(label)).toBe(true);
  });
  test("size and spacing together set the extent", () => {
    const { ct } = createSpinePhantom({ seed: 1, size: [40, 30, 20], spacingMm: [4, 5, 6] });
    expect(ct.size).toEqual([40, 30, 20]);
    expect(voxelSpacingMm(ct)).toEqual([4, 5, 6]);
  });
});

describe("implants", () => {
  test("screws pass through the pedicles, rods join them, labels stay", () => {
    const options = { seed: 8, spacingMm: 2, size: [50, 60, 100] as const, noiseHu: 0, bonesOnly: true };
    const bare = createSpinePhantom(options);
    const screwed = createSpinePhantom({
      ...options,
      implants: [{ kind: "pedicle-screws", from: "L3", to: "L4" }],
    });
    expect(screwed.labels.data).toEqual(bare.labels.data);
    for (const name of ["L3", "L4"]) {
      expect(valueAt(screwed.ct, vertebra(screwed, name).landmarks.leftPedicleMm)).toBe(3071);
      expect(valueAt(bare.ct, vertebra(bare, name).landmarks.leftPedicleMm)).toBeLessThan(1500);
    }
    expect(valueAt(screwed.ct, vertebra(screwed, "L2").landmarks.leftPedicleMm)).toBeLessThan(1500);
  });
  test("a cage lies in its disc, a hip screw in its hip", () => {
    const metal = (implant: "cage" | "hip-screw"): number[] => {
      const { ct } = createSpinePhantom({
        ...{ seed: 8, spacingMm: 4, noiseHu: 0, bonesOnly: true },
        implants: [implant === "cage" ? { kind: "cage", below: "L4" } : { kind: "hip-screw", side: "left" }],
      });
      const centre = [0, 0, 0];
      let count = 0;
      ct.data.forEach((hu: number, n: number) => {
        if (hu < 1800) return;
        count++;
        const index: Vec3 = [
          n % ct.size[0],
          Math.floor(n / ct.size[0]) % ct.size[1],
          Math.floor(n / (ct.size[0] * ct.size[1])),
        ];
        transformPoint(ct.worldFromVoxel, index).forEach((value, a) => (centre[a]! += value));
      });
      return centre.map((sum) => sum / count);
    };
    expect(Math.abs(metal("cage")[0]!)).toBeLessThan(4);
    expect(metal("hip-screw")[0]!).toBeGreaterThan(80);
  });
});

describe("bad input", () => {
  test.each([
    ["a broken seed", { seed: 1.5 }, /seed/],
    ["no spacing", { seed: 1, spacingMm: 0 }, /spacing/],
    ["NaN spacing", { seed: 1, spacingMm: Number.NaN }, /spacing/],
    ["half a voxel", { seed: 1, size: [10, 10, 0.5] as const, spacingMm: 3 }, /size/],
    ["more voxels than fit", { seed: 1, spacingMm: 0.2 }, /voxels/],
    [
      "no such level",
      { seed: 1, spacingMm: 8, implants: [{ kind: "cage", below: "C7" as "L4" }] as const },
      /one of T9/,
    ],
    [
      "a range upside down",
      { seed: 1, spacingMm: 8, implants: [{ kind: "pedicle-screws", from: "L5", to: "L4" }] as const },
      /upper level first/,
    ],
    ["a wild lordosis", { seed: 1, variation: { lordosisDeg: 1000 } }, /lordosisDeg/],
    ["a NaN scale", { seed: 1, variation: { skeletonScale: Number.NaN } }, /skeletonScale/],
  ])("%s is refused in one sentence", (_name, options, message) => {
    expect(() => createSpinePhantom(options)).toThrow(message);
  });
});
