import { describe, expect, it } from "vitest";
import type { Camera } from "../geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { compose, translation4 } from "../geometry/mat4.ts";
import { poseFromDegMm, zeroPose } from "../geometry/pose.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { meanReprojectionDistance, paperSuccess, poseErrors } from "./poseErrors.ts";

const camera: Camera = {
  ...{ width: 100, height: 100, sourceToDetectorMm: 1000 },
  ...{ pixelSpacingMm: [0.5, 0.5], principalPointPx: [49.5, 49.5] },
};
const frame: CarmFrame = { view: "AP", centreMm: [10, 20, 30], sourceToIsocentreMm: 500 };
const truth = cameraFromPose(zeroPose, frame);
const targets: Vec3[] = [[10, 20, 30]];

describe("pose errors, by hand", () => {
  it("are zero for the true pose", () => {
    const errors = poseErrors({ estimate: truth, truth }, targets, camera, frame);
    expect(Object.values(errors).flat()).toSatisfy((all: number[]) => all.every((v) => Math.abs(v) < 1e-9));
  });

  it("a 3-4 mm shift in the plane is 5 mm of mTRE, 10 mm at the detector, no depth", () => {
    const errors = poseErrors(
      { estimate: compose(translation4([3, 4, 0]), truth), truth },
      targets,
      camera,
      frame,
    );
    expect(errors.mtreMm).toBeCloseTo(5, 9);
    expect(errors.inPlaneMm).toBeCloseTo(5, 9);
    expect(errors.depthMm).toBeCloseTo(0, 9);
    expect(errors.mpeMm).toBeCloseTo(10, 9);
    expect(errors.mrpdMm).toBeCloseTo((500 * 5) / Math.hypot(500, 5), 9);
    expect(errors.translationMm.map((v) => +v.toFixed(9))).toEqual([0, 3, 4]);
  });

  it("depth on the principal ray is invisible to mRPD and mPE", () => {
    const pair = { estimate: compose(translation4([0, 0, 40]), truth), truth };
    const errors = poseErrors(pair, targets, camera, frame);
    expect(errors.mtreMm).toBeCloseTo(40, 9);
    expect(errors.depthMm).toBeCloseTo(40, 9);
    expect(errors.mpeMm).toBeCloseTo(0, 9);
    expect(meanReprojectionDistance(pair, targets)).toBeCloseTo(0, 9);
  });

  it("rotations count per axis and as one geodesic angle", () => {
    const turned = cameraFromPose(
      poseFromDegMm({ rxDeg: 0, ryDeg: 7, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 }),
      frame,
    );
    const errors = poseErrors({ estimate: turned, truth }, targets, camera, frame);
    expect(errors.rotationDeg.map((v) => +v.toFixed(9))).toEqual([0, 7, 0]);
    expect(errors.geodesicDeg).toBeCloseTo(7, 9);
    expect(errors.mtreMm).toBeCloseTo(0, 9);
  });

  it("the paper's rule and its strict form differ", () => {
    const errors = { rotationDeg: [1, 1, 1] as const, translationMm: [9, 9, 9] as const };
    expect(paperSuccess(errors, "or")).toBe(true);
    expect(paperSuccess(errors, "and")).toBe(false);
  });
});
