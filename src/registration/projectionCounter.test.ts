import { describe, expect, it } from "vitest";
import { identity4 } from "../geometry/mat4.ts";
import type { Camera } from "../geometry/camera.ts";
import type { Projector, ProjectorVolume } from "../projector/projector.ts";
import { createProjectionCounter } from "./projectionCounter.ts";

const image = new Float32Array([7]);
const projector: Projector = {
  backend: "fake",
  load: () => volume,
  drr: () => image,
  drrWithJacobian: () => ({ image, jacobian: new Float32Array(6) }),
  drrBatch: () => image,
  dispose: () => undefined,
};
const volume: ProjectorVolume = { size: [1, 1, 1], worldFromVoxel: identity4, dispose: () => undefined };
const camera = {} as Camera;

describe("createProjectionCounter", () => {
  it("counts one per pose, and what is added", () => {
    const counter = createProjectionCounter();
    const counted = counter.counted(projector);
    expect(counted.drr(volume, camera, identity4)).toBe(image);
    counted.drrWithJacobian(volume, camera, identity4);
    counted.drrBatch(volume, camera, [identity4, identity4, identity4]);
    counter.add(2);
    expect(counter.count()).toBe(7);
  });

  it("loading and naming cost nothing", () => {
    const counter = createProjectionCounter();
    const counted = counter.counted(projector);
    expect(counted.load({} as never)).toBe(volume);
    expect(counted.backend).toBe("fake");
    expect(counter.count()).toBe(0);
  });
});
