import { describe, expect, test } from "vitest";
import { type Camera, projectPoint } from "../geometry/camera.ts";
import { cameraFromPose } from "../geometry/carm.ts";
import { type Mat4, compose, linearPart, transformPoint, translationPart } from "../geometry/mat4.ts";
import { posesFromThreePoints } from "../geometry/perspectiveThreePoint.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { expSe3, invertRigid } from "../geometry/se3.ts";
import { geodesicAngle } from "../geometry/so3.ts";
import { type Vec3, distance, normalise } from "../geometry/vec3.ts";
import type { LandmarkPair } from "../io/landmark.ts";
import { type Random, createRandom } from "../random.ts";
import { initialFromLandmarks } from "./initialFromLandmarks.ts";
import { poseUncertainty, refineReprojection } from "./reprojection.ts";

const { camera } = presetGeometry("perlove-plx118f");

/** A pose somewhere near AP, as far off as users are. */
function somePose(random: Random): Mat4 {
  const angle = (): number => random.uniform(-35, 35);
  const shift = (): number => random.uniform(-40, 40);
  const pose = {
    rxDeg: angle(),
    ryDeg: angle(),
    rzDeg: angle(),
    txMm: shift(),
    tyMm: shift(),
    tzMm: shift(),
  };
  return cameraFromPose(poseFromDegMm(pose), { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 });
}

/** Landmarks of a lumbar spine: bodies on a curve, spinous and transverse processes behind and beside them. */
function spine(count: number, random: Random): Vec3[] {
  return Array.from({ length: count }, (_, i) => {
    const level = -60 + 30 * Math.floor(i / 3);
    const part = i % 3;
    const jitter = (): number => random.uniform(-3, 3);
    const across = part === 2 ? 35 : 0;
    const behind = part === 0 ? 0 : part === 1 ? 45 : 25;
    return [across + jitter(), behind + 0.003 * level * level + jitter(), level + jitter()];
  });
}

function see(
  points: readonly Vec3[],
  cam: Camera,
  pose: Mat4,
  noisePx: number,
  random: Random,
): LandmarkPair[] {
  return points.map((positionMm, i) => {
    const [u, v] = projectPoint(cam, pose, positionMm);
    return {
      label: `P${i}`,
      positionMm,
      pixel: [u + random.normal(0, noisePx), v + random.normal(0, noisePx)],
    };
  });
}

const angleDeg = (a: Mat4, b: Mat4): number => (geodesicAngle(linearPart(a), linearPart(b)) * 180) / Math.PI;
const sourceOf = (pose: Mat4): Vec3 => translationPart(invertRigid(pose));

describe("three points", () => {
  test("have the true pose among their solutions", () => {
    const random = createRandom(1);
    for (let n = 0; n < 200; n++) {
      const pose = somePose(random);
      const point = (): Vec3 => [random.uniform(-60, 60), random.uniform(-60, 60), random.uniform(-60, 60)];
      const points = [point(), point(), point()] as const;
      const seen = points.map((p) => normalise(transformPoint(pose, p))) as [Vec3, Vec3, Vec3];
      const poses = posesFromThreePoints(points, seen);
      expect(poses.length).toBeLessThanOrEqual(4);
      const nearest = Math.min(...poses.map((found) => distance(sourceOf(found), sourceOf(pose))));
      expect(nearest).toBeLessThan(0.5);
    }
  });

  test("on a line or at one place have none", () => {
    const line = [
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
    ] as const;
    const rays = [[0, 0, 1], normalise([0.1, 0, 1]), normalise([0.2, 0, 1])] as const;
    expect(posesFromThreePoints(line, rays)).toEqual([]);
    expect(
      posesFromThreePoints(
        [
          [1, 2, 3],
          [1, 2, 3],
          [4, 5, 6],
        ],
        rays,
      ),
    ).toEqual([]);
  });
});

describe("least squares on the reprojection error", () => {
  test("finds the pose from nearby, and its uncertainty foretells the spread", () => {
    const random = createRandom(2);
    const pose = somePose(random);
    const points = spine(12, random);
    const exact = see(points, camera, pose, 0, random);
    const start = compose(expSe3([0.1, -0.1, 0.08, 15, -10, 40]), pose);
    const found = refineReprojection(camera, start, exact);
    expect(angleDeg(found, pose)).toBeLessThan(1e-6);
    expect(distance(sourceOf(found), sourceOf(pose))).toBeLessThan(1e-5);
    // The spread of depths of the points' centre over noisy repetitions, against the first-order prediction.
    const centre: Vec3 = [0, 1, 2].map(
      (axis) => points.reduce((sum, p) => sum + p[axis]!, 0) / 12,
    ) as unknown as Vec3;
    const depths = Array.from({ length: 200 }, () => {
      const noisy = see(points, camera, pose, 1, random);
      return transformPoint(refineReprojection(camera, pose, noisy), centre)[2];
    });
    const mean = depths.reduce((sum, d) => sum + d, 0) / 200;
    const sd = Math.sqrt(depths.reduce((sum, d) => sum + (d - mean) ** 2, 0) / 199);
    const foretold = poseUncertainty(camera, pose, exact, 1).depthMm;
    expect(sd / foretold).toBeGreaterThan(0.8);
    expect(sd / foretold).toBeLessThan(1.25);
  });
});

describe("a start from landmarks", () => {
  test.each([4, 5, 6, 9, 15, 30])("%i exact pairs give the pose", (count) => {
    const random = createRandom(100 + count);
    for (let n = 0; n < 5; n++) {
      const pose = somePose(random);
      const found = initialFromLandmarks(see(spine(count, random), camera, pose, 0, random), camera);
      expect(found.rmsPx).toBeLessThan(1e-5);
      // Four points in one plane leave a second pose; it is said so.
      const twofold = found.warnings.some(({ code }) => code === "landmarks-ambiguous");
      if (!twofold) expect(angleDeg(found.cameraFromWorld, pose)).toBeLessThan(1e-3);
    }
  });

  test("ten pairs clicked to 1.5 px give a pose within what is foretold", () => {
    const random = createRandom(3);
    let within = 0;
    for (let n = 0; n < 30; n++) {
      const pose = somePose(random);
      const found = initialFromLandmarks(see(spine(10, random), camera, pose, 1.5, random), camera);
      expect(found.uncertainty.rotationDeg).toBeLessThan(8);
      if (angleDeg(found.cameraFromWorld, pose) < 3 * found.uncertainty.rotationDeg) within++;
    }
    expect(within).toBeGreaterThanOrEqual(28);
  });

  test("wrong pairs are left out and named", () => {
    const random = createRandom(4);
    for (let n = 0; n < 10; n++) {
      const pose = somePose(random);
      const pairs = see(spine(10, random), camera, pose, 0.5, random);
      const wrong = pairs.map((pair, i): LandmarkPair =>
        i === 3 || i === 7 ? { ...pair, pixel: [pair.pixel[0] + 45, pair.pixel[1] - 30] } : pair,
      );
      const found = initialFromLandmarks(wrong, camera);
      expect(found.residuals.filter(({ used }) => !used).map(({ label }) => label)).toEqual(["P3", "P7"]);
      expect(found.residuals[3]!.errorPx).toBeGreaterThan(20);
      expect(found.warnings.map(({ code }) => code)).toContain("landmarks-left-out");
      expect(angleDeg(found.cameraFromWorld, pose)).toBeLessThan(6);
    }
  });

  test("the same seed gives the same pose", () => {
    const random = createRandom(5);
    const pairs = see(spine(20, random), camera, somePose(random), 1, random);
    expect(initialFromLandmarks(pairs, camera, { seed: 9 })).toEqual(
      initialFromLandmarks(pairs, camera, { seed: 9 }),
    );
  });

  const straight = (count: number): Vec3[] =>
    Array.from({ length: count }, (_, i) => [0, 0, 25 * i - 50] as const);
  const flat = (count: number): Vec3[] =>
    Array.from({ length: count }, (_, i) => [30 * (i % 3) - 30, 0, 30 * Math.floor(i / 3) - 30] as const);

  test("points in a plane are enough, but their second pose is mentioned where it fits as well", () => {
    const random = createRandom(6);
    const pose = cameraFromPose(poseFromDegMm({ rxDeg: 0, ryDeg: 8, rzDeg: 10, txMm: 0, tyMm: 0, tzMm: 0 }), {
      ...{ view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 },
    });
    const found = initialFromLandmarks(see(flat(6), camera, pose, 1, random), camera);
    expect(found.warnings.map(({ code }) => code)).toContain("landmarks-ambiguous");
  });

  test.each<[string, LandmarkPair[], RegExp]>([
    ["three pairs", see(flat(3), camera, somePose(createRandom(7)), 0, createRandom(7)), /3 pair/],
    [
      "points on a line",
      see(straight(6), camera, somePose(createRandom(8)), 0, createRandom(8)),
      /points on a line/,
    ],
    [
      "points nearly on a line",
      see(
        straight(6).map(([x, y, z], i): Vec3 => [x + (i % 2) * 1.5, y + (i % 3), z]),
        camera,
        somePose(createRandom(9)),
        0.5,
        createRandom(9),
      ),
      /determine the rotation only|agree on a pose/,
    ],
    [
      "pixels in disorder",
      see(spine(8, createRandom(10)), camera, somePose(createRandom(10)), 60, createRandom(10)),
      /agree on a pose.*px/,
    ],
    [
      "numbers that are none",
      [
        { label: "a", positionMm: [Number.NaN, 0, 0], pixel: [0, 0] },
        ...see(flat(3), camera, somePose(createRandom(7)), 0, createRandom(7)),
      ],
      /no finite position/,
    ],
  ])("%s are refused", (_, pairs, message) => {
    expect(() => initialFromLandmarks(pairs, camera)).toThrow(message);
  });
});
