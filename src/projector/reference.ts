import { usageError } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, invertAffine } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import { checkBatch, checkCamera, checkOutput, checkPose, checkVolume } from "./arguments.ts";
import type { DrrWithJacobian, Projector, ProjectorVolume } from "./projector.ts";
import { type PixelRays, type RayFrame, createRayFrame, pixelRays, setRayFrame } from "./rayFrame.ts";
import {
  type RayIntegral,
  type VoxelGrid,
  createRayIntegral,
  integratePlanes,
  integrateSiddon,
  integrateUniform,
} from "./referenceIntegrals.ts";
import { type SamplingRegion, planSampling } from "./samplingPlan.ts";

export interface ReferenceProjectorOptions {
  /**
   * How rays are integrated: `planes` = trilinear samples at voxel planes, what the fast backends compute
   * (default); `uniform` = trilinear samples every `stepMm`; `siddon` = exact, voxels of constant value.
   */
  readonly sampling?: "planes" | "uniform" | "siddon";
  /** Distance between samples of `uniform` in mm (default 0.5). */
  readonly stepMm?: number;
}

interface ReferenceVolume extends ProjectorVolume {
  readonly grid: VoxelGrid;
  readonly voxelFromWorld: Mat4;
}

/**
 * The plain Float64 projector that the fast backends are tested against. It reads the voxels of the
 * volume it was given in place, without a copy. `siddon` has no Jacobian.
 */
export function createReferenceProjector(options: ReferenceProjectorOptions = {}): Projector {
  const sampling = options.sampling ?? "planes";
  const stepMm = options.stepMm ?? 0.5;
  if (!(stepMm > 0)) {
    throw usageError({ what: "Reference projector stepMm", got: `${stepMm}`, expected: "a step above 0 mm" });
  }
  const integrate = (out: RayIntegral, grid: VoxelGrid, ray: Ray, axis: 0 | 1 | 2): void => {
    if (sampling === "planes") integratePlanes(out, grid, ray, axis);
    else if (sampling === "uniform") integrateUniform(out, grid, ray, stepMm);
    else integrateSiddon(out, grid, ray);
  };
  const render = (
    volume: ProjectorVolume,
    camera: Camera,
    cameraFromWorld: Mat4,
    image: Float32Array,
    jacobian?: Float32Array,
  ): void => {
    checkCamera(camera);
    checkPose(cameraFromWorld);
    renderImage(volume as ReferenceVolume, camera, cameraFromWorld, integrate, image, jacobian);
  };
  return {
    backend: "reference",
    load,
    drr(volume, camera, cameraFromWorld, out = new Float32Array(camera.width * camera.height)) {
      checkOutput(out, camera.width * camera.height);
      render(volume, camera, cameraFromWorld, out);
      return out;
    },
    drrWithJacobian(volume, camera, cameraFromWorld, out = createOutput(camera)) {
      if (sampling === "siddon") {
        throw usageError({
          what: "Jacobian of the reference projector",
          got: "sampling siddon",
          expected: "sampling planes or uniform",
        });
      }
      checkOutput(out.image, camera.width * camera.height);
      checkOutput(out.jacobian, 6 * camera.width * camera.height);
      render(volume, camera, cameraFromWorld, out.image, out.jacobian);
      return out;
    },
    drrBatch(volume, camera, poses, out = new Float32Array(poses.length * camera.width * camera.height)) {
      checkBatch(poses, camera, out);
      const pixels = camera.width * camera.height;
      poses.forEach((pose, i) => {
        render(volume, camera, pose, out.subarray(i * pixels, (i + 1) * pixels));
      });
      return out;
    },
    dispose() {},
  };
}

function createOutput(camera: Camera): DrrWithJacobian {
  const pixels = camera.width * camera.height;
  return { image: new Float32Array(pixels), jacobian: new Float32Array(6 * pixels) };
}

function load(volume: Volume): ReferenceVolume {
  checkVolume(volume);
  return {
    size: volume.size,
    worldFromVoxel: volume.worldFromVoxel,
    voxelFromWorld: invertAffine(volume.worldFromVoxel),
    grid: { data: volume.data, size: volume.size },
    dispose() {},
  };
}

interface Ray {
  readonly source: Float64Array;
  readonly direction: Float64Array;
  lengthMm: number;
}

type Integrate = (out: RayIntegral, grid: VoxelGrid, ray: Ray, axis: 0 | 1 | 2) => void;

function renderImage(
  volume: ReferenceVolume,
  camera: Camera,
  cameraFromWorld: Mat4,
  integrate: Integrate,
  image: Float32Array,
  jacobian: Float32Array | undefined,
): void {
  const frame = setRayFrame(createRayFrame(), volume.voxelFromWorld, cameraFromWorld);
  const rays = pixelRays(camera);
  const plan: SamplingRegion[] = [];
  const regions = planSampling(plan, frame, rays, camera.width, camera.height);
  const ray: Ray = { source: frame.source, direction: new Float64Array(3), lengthMm: 0 };
  const integral = createRayIntegral();
  for (const { u0, v0, u1, v1, axis } of plan.slice(0, regions)) {
    for (let v = v0; v < v1; v++) {
      for (let u = u0; u < u1; u++) {
        const r = aim(ray, frame, rays, u, v);
        integrate(integral, volume.grid, ray, axis);
        const pixel = v * camera.width + u;
        image[pixel] = integral.value;
        if (jacobian) writeTwist(jacobian, pixel, image.length, frame, integral, r);
      }
    }
  }
}

/** Points the ray at pixel (u, v) and returns its direction r in the camera frame. */
function aim(
  ray: Ray,
  frame: RayFrame,
  rays: PixelRays,
  u: number,
  v: number,
): readonly [number, number, number] {
  const x = u * rays.slopeU + rays.offsetU;
  const y = v * rays.slopeV + rays.offsetV;
  for (let row = 0; row < 3; row++) {
    ray.direction[row] =
      frame.linear[3 * row]! * x + frame.linear[3 * row + 1]! * y + frame.linear[3 * row + 2]!;
  }
  ray.lengthMm = Math.hypot(x, y, 1);
  return [x, y, 1];
}

/**
 * exp(xi) cameraFromWorld moves the source by -A v and the direction by -A (w x r), A = frame.linear, so
 * dI/dv = -A^T dI/dsource and dI/dw = h x r with h = A^T dI/ddirection.
 */
function writeTwist(
  jacobian: Float32Array,
  pixel: number,
  pixels: number,
  frame: RayFrame,
  integral: RayIntegral,
  r: readonly [number, number, number],
): void {
  const pull = (gradient: Float64Array, column: number): number =>
    frame.linear[column]! * gradient[0]! +
    frame.linear[3 + column]! * gradient[1]! +
    frame.linear[6 + column]! * gradient[2]!;
  const h = [0, 1, 2].map((column) => pull(integral.byDirection, column));
  jacobian[pixel] = h[1]! * r[2] - h[2]! * r[1];
  jacobian[pixels + pixel] = h[2]! * r[0] - h[0]! * r[2];
  jacobian[2 * pixels + pixel] = h[0]! * r[1] - h[1]! * r[0];
  for (let axis = 0; axis < 3; axis++) {
    jacobian[(3 + axis) * pixels + pixel] = -pull(integral.bySource, axis);
  }
}
