import { describe, expect, it } from "vitest";
import type { View } from "../geometry/carm.ts";
import { compose } from "../geometry/mat4.ts";
import { type Twist, expSe3 } from "../geometry/se3.ts";
import type { Projector } from "./projector.ts";
import { createReferenceProjector } from "./reference.ts";
import {
  type PoseNumbers,
  alignedGrid,
  blobVolume,
  largest,
  obliqueGrid,
  oddCamera,
  viewOf,
} from "./scenes.testkit.ts";
import { createWasmProjector } from "./wasm.ts";

/** With the step of the difference quotient in radians (mm: 500 times more) and the error allowed. */
const backends: [string, Projector, number, number][] = [
  ["reference planes", createReferenceProjector(), 2e-5, 5e-3],
  ["reference uniform", createReferenceProjector({ sampling: "uniform", stepMm: 0.7 }), 2e-5, 5e-3],
  // Its fixed-point positions make tiny quotients noisy.
  ["wasm", await createWasmProjector(), 2e-4, 2e-2],
];
const scenes: [string, ReturnType<typeof blobVolume>, View, PoseNumbers][] = [
  ["AP", blobVolume([44, 40, 48], alignedGrid(2)), "AP", [3, -4, 5, 10, 4, -6]],
  ["LAT", blobVolume([44, 40, 48], alignedGrid(2)), "LAT", [-6, 4, 8, 0, 0, 0]],
  ["axial", blobVolume([44, 40, 48], alignedGrid(2)), "AP", [5, 80, 3, 0, 0, 0]],
  ["oblique grid", blobVolume([60, 44, 26], obliqueGrid), "PA", [20, 15, -10, 0, 0, 0]],
];
function rms(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe.each(backends)(
  "%s: the Jacobian is the derivative of the image",
  (_, projector, step, tolerance) => {
    it.each(scenes)("%s", (_name, volume, view, pose) => {
      const cameraFromWorld = viewOf(volume, view, pose);
      const loaded = projector.load(volume);
      const { image, jacobian } = projector.drrWithJacobian(loaded, oddCamera, cameraFromWorld);
      const moved = (q: number, step: number): Float32Array => {
        const xi = [0, 1, 2, 3, 4, 5].map((p) => (p === q ? step : 0));
        return projector.drr(loaded, oddCamera, compose(expSe3(xi as unknown as Twist), cameraFromWorld));
      };
      const part = (q: number): Float32Array => jacobian.subarray(q * image.length, (q + 1) * image.length);
      const strongest = [0, 3].map((first) => Math.max(...[0, 1, 2].map((q) => rms(part(first + q)))));
      for (let q = 0; q < 6; q++) {
        const h = q < 3 ? step : 500 * step;
        const [plus, minus] = [moved(q, h), moved(q, -h)];
        const error = part(q).map((value, i) => value - (plus[i]! - minus[i]!) / (2 * h));
        // Kinks of trilinear samples between the two poses and images of single precision limit the quotient;
        // both are the same for the weak parameter (depth) and for the strong ones.
        expect(rms(error), `parameter ${q}`).toBeLessThan(
          tolerance * (q < 3 ? strongest[0]! : strongest[1]!),
        );
      }
      loaded.dispose();
    });
  },
);

describe("the Jacobian of the camera's depth alone", () => {
  it("has no roll, where the object is a ball on the principal ray", async () => {
    const projector = await createWasmProjector();
    const size = [41, 41, 41] as const;
    const data = Float32Array.from({ length: 41 ** 3 }, (_, i) => {
      const [x, y, z] = [(i % 41) - 20, (Math.floor(i / 41) % 41) - 20, Math.floor(i / 1681) - 20];
      return 0.02 * Math.max(0, 1 - (x * x + y * y + z * z) / 225);
    });
    const volume = { data, size, worldFromVoxel: alignedGrid(2), quantity: "attenuation" } as const;
    const centred = { ...oddCamera, principalPointPx: [18, 14] as const };
    const loaded = projector.load(volume);
    const { jacobian } = projector.drrWithJacobian(loaded, centred, viewOf(volume, "AP", [0, 0, 0, 0, 0, 0]));
    const pixels = 37 * 29;
    const roll = jacobian.subarray(2 * pixels, 3 * pixels);
    const sideways = jacobian.subarray(pixels, 2 * pixels);
    expect(largest(roll)).toBeLessThan(1e-2 * largest(sideways));
    projector.dispose();
  });
});
