import { afterAll, describe, expect, it } from "vitest";
import type { Camera } from "../geometry/camera.ts";
import { invertRigid } from "../geometry/se3.ts";
import { type Mat4, invertAffine, transformDirection, transformPoint } from "../geometry/mat4.ts";
import { type Vec3, dot, norm, scale, subtract } from "../geometry/vec3.ts";
import type { Volume } from "../image/volume.ts";
import type { Projector } from "./projector.ts";
import { createReferenceProjector } from "./reference.ts";
import { type PoseNumbers, alignedGrid, obliqueGrid, viewOf } from "./scenes.testkit.ts";
import { createWasmProjector } from "./wasm.ts";

const wasm = await createWasmProjector();
afterAll(() => wasm.dispose());
const backends: [string, Projector][] = [
  ["wasm", wasm],
  ["reference planes", createReferenceProjector()],
  ["reference uniform", createReferenceProjector({ sampling: "uniform", stepMm: 0.4 })],
  ["reference siddon", createReferenceProjector({ sampling: "siddon" })],
];
const camera: Camera = {
  ...{ width: 31, height: 25, sourceToDetectorMm: 1000, pixelSpacingMm: [4, 4.5] },
  principalPointPx: [15, 12],
};
const poses: PoseNumbers[] = [
  [0, 0, 0, 0, 0, 0],
  [15, -20, 12, 10, 4, -6],
  [0, 84, 7, 0, 0, 0],
];

/** Source and unit direction in the world of pixel (u, v)'s ray, written independently of the projector. */
function worldRay(cameraFromWorld: Mat4, u: number, v: number): { source: Vec3; direction: Vec3 } {
  const worldFromCamera = invertRigid(cameraFromWorld);
  const [cu, cv] = camera.principalPointPx;
  const pixel: Vec3 = [(u - cu) * camera.pixelSpacingMm[0], (v - cv) * camera.pixelSpacingMm[1], 1000];
  const direction = transformDirection(worldFromCamera, pixel);
  return {
    source: transformPoint(worldFromCamera, [0, 0, 0]),
    direction: scale(direction, 1 / norm(direction)),
  };
}

/** Voxel values = share of 4x4x4 sub-voxels inside. */
function solid(size: Volume["size"], grid: Mat4, inside: (world: Vec3) => boolean): Volume {
  const [nx, ny, nz] = size;
  const offsets = [-0.375, -0.125, 0.125, 0.375];
  const data = Float32Array.from({ length: nx * ny * nz }, (_, n) => {
    const [i, j, k] = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / (nx * ny))];
    let count = 0;
    for (const x of offsets) {
      for (const y of offsets) {
        for (const z of offsets) count += inside(transformPoint(grid, [i + x, j + y, k + z])) ? 1 : 0;
      }
    }
    return count / 64;
  });
  return { data, size, worldFromVoxel: grid, quantity: "unknown" };
}

const centre = transformPoint(obliqueGrid, [25, 16.5, 10.5]);
const radius = 24;
const ball = solid([51, 34, 22], obliqueGrid, (x) => norm(subtract(x, centre)) < radius);

describe.each(backends)("%s: a ball has the chord lengths of a ball", (_, projector) => {
  it.each(poses)("%#", (...pose) => {
    const cameraFromWorld = viewOf(ball, "AP", pose);
    const image = projector.drr(projector.load(ball), camera, cameraFromWorld);
    // Outside, only rays within a voxel of the rim see a blurred rim.
    let [meanError, count, worstInside, worstOutside] = [0, 0, 0, 0];
    for (let v = 0; v < camera.height; v++) {
      for (let u = 0; u < camera.width; u++) {
        const { source, direction } = worldRay(cameraFromWorld, u, v);
        const toCentre = subtract(centre, source);
        const squared = radius ** 2 - (dot(toCentre, toCentre) - dot(toCentre, direction) ** 2);
        const chord = squared > 0 ? 2 * Math.sqrt(squared) : 0;
        const error = Math.abs(image[v * camera.width + u]! - chord);
        if (chord === 0) worstOutside = Math.max(worstOutside, error);
        else if (chord > 30) worstInside = Math.max(worstInside, error);
        if (chord > 0 && chord <= 30) continue;
        meanError += error;
        count++;
      }
    }
    expect(worstInside).toBeLessThan(2);
    expect(worstOutside).toBeLessThan(9);
    expect(count).toBeGreaterThan(300);
    expect(meanError / count).toBeLessThan(0.25);
  });
});

describe.each(backends)("%s: a box has the path lengths of a box", (_, projector) => {
  it.each(poses)("%#", (...pose) => {
    const size = [20, 30, 26] as const;
    const grid = alignedGrid(2);
    const volume: Volume = {
      data: new Float32Array(15600).fill(0.5),
      size,
      worldFromVoxel: grid,
      quantity: "unknown",
    };
    const cameraFromWorld = viewOf(volume, "AP", pose);
    const image = projector.drr(projector.load(volume), camera, cameraFromWorld);
    const voxelFromWorld = invertAffine(grid);
    let [count, worst] = [0, 0];
    for (let v = 0; v < camera.height; v++) {
      for (let u = 0; u < camera.width; u++) {
        const { source, direction } = worldRay(cameraFromWorld, u, v);
        const s = transformPoint(voxelFromWorld, source);
        const d = transformDirection(voxelFromWorld, direction);
        let [enter, leave, margin] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
        for (let axis = 0; axis < 3; axis++) {
          const crossings = [-0.5, size[axis]! - 0.5].map((face) => (face - s[axis]!) / d[axis]!);
          enter = Math.max(enter, Math.min(...crossings));
          leave = Math.min(leave, Math.max(...crossings));
        }
        // Rays that cut an edge see the half-voxel fade of trilinear samples; those through two opposite faces do not.
        for (const t of [enter, leave]) {
          const sorted = [0, 1, 2].map((axis) => {
            const x = s[axis]! + t * d[axis]!;
            return Math.min(x + 0.5, size[axis]! - 0.5 - x);
          });
          margin = Math.min(margin, sorted.toSorted((a, b) => a - b)[1]!);
        }
        if (leave < enter || margin < 1.5) continue;
        count++;
        worst = Math.max(worst, Math.abs(image[v * camera.width + u]! / (0.5 * (leave - enter)) - 1));
      }
    }
    expect(count).toBeGreaterThan(100);
    expect(worst).toBeLessThan(0.02);
  });

  it("the central ray of a unit-thickness box integrates to 1", () => {
    const data = new Float32Array(9 * 10 * 9).fill(1);
    const grid: Mat4 = [5, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
    const volume: Volume = { data, size: [9, 10, 9], worldFromVoxel: grid, quantity: "unknown" };
    const image = projector.drr(projector.load(volume), camera, viewOf(volume, "AP", [0, 0, 0, 0, 0, 0]));
    const uniform = projector === backends[2]![1];
    expect(Math.abs(image[12 * camera.width + 15]! - 1)).toBeLessThan(uniform ? 0.25 : 1e-5);
  });
});
