import type { Camera } from "../../geometry/camera.ts";
import { type Mat4, compose, invertAffine, linearPart, translationPart } from "../../geometry/mat4.ts";
import { transform3 } from "../../geometry/mat3.ts";
import { invertRigid } from "../../geometry/se3.ts";
import type { FineVolume } from "./fineVolume.ts";

/** HU up to which matter attenuates like water, and from which it is metal. */
const boneFromHu = 100;
const metalFromHu = 2000;

/**
 * Path lengths through a CT along the rays of one detector row: three values a ray, in mm.
 * soft = integral of min(1 + HU/1000, 1.1), bone = of what lies between 1.1 and 3, metal = above 3.
 */
export type RowPaths = Float64Array;

/** Traces rays by fixed steps of trilinear samples in the refined volume. */
export interface RayIntegrator {
  /**
   * Paths for rays through (u_n, v), n = 0 .. u.length - 1; `out` holds 3 u.length values. `phase`
   * (0..1, by ray, repeating) places the samples within their steps: rays of one pixel interleave.
   */
  traceRow(u: Float64Array, v: number, phase: readonly number[], out: RowPaths): void;
}

/**
 * `stepMm` is the distance between samples on a ray. Each ray is cut to the occupied box and sampled
 * once in each of equal steps.
 */
export function createRayIntegrator(
  fine: FineVolume,
  camera: Camera,
  cameraFromWorld: Mat4,
  stepMm: number,
): RayIntegrator {
  const fineFromCamera = compose(invertAffine(fine.worldFromFine), invertRigid(cameraFromWorld));
  const linear = linearPart(fineFromCamera);
  const source = translationPart(fineFromCamera);
  const [du, dv] = camera.pixelSpacingMm;
  const [cu, cv] = camera.principalPointPx;
  return {
    traceRow(u, v, phase, out) {
      const y = (v - cv) * dv;
      for (let n = 0; n < u.length; n++) {
        const x = (u[n]! - cu) * du;
        const lengthMm = Math.hypot(x, y, camera.sourceToDetectorMm);
        const ray = transform3(linear, [x, y, camera.sourceToDetectorMm]);
        traceRay(fine, source, ray, { lengthMm, stepMm, phase: phase[n % phase.length]! }, out, 3 * n);
      }
    },
  };
}

function traceRay(
  fine: FineVolume,
  source: readonly [number, number, number],
  ray: readonly [number, number, number],
  scale: { lengthMm: number; stepMm: number; phase: number },
  out: RowPaths,
  at: number,
): void {
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = 0;
  let enter = 0;
  let leave = 1;
  for (let a = 0; a < 3; a++) {
    const [low, high] = fine.occupied[a]!;
    if (Math.abs(ray[a]!) < 1e-12) {
      if (source[a]! < low || source[a]! > high) return;
      continue;
    }
    const t0 = (low - source[a]!) / ray[a]!;
    const t1 = (high - source[a]!) / ray[a]!;
    enter = Math.max(enter, Math.min(t0, t1));
    leave = Math.min(leave, Math.max(t0, t1));
  }
  if (leave <= enter) return;
  const pathMm = (leave - enter) * scale.lengthMm;
  const steps = Math.max(1, Math.ceil(pathMm / scale.stepMm));
  const dt = (leave - enter) / steps;
  march(fine, source, ray, enter + dt * scale.phase, dt, steps, out, at);
  const mmPerUnit = pathMm / steps / 1000;
  out[at]! *= mmPerUnit;
  out[at + 1]! *= mmPerUnit;
  out[at + 2]! *= mmPerUnit;
}

/** Sums (HU + 1000) over the samples, split into soft, bone and metal parts. */
function march(
  fine: FineVolume,
  source: readonly [number, number, number],
  ray: readonly [number, number, number],
  start: number,
  dt: number,
  steps: number,
  out: RowPaths,
  at: number,
): void {
  const data = fine.data;
  const nx = fine.size[0];
  const slice = nx * fine.size[1];
  // Indices stay inside the padded grid by the clipping; the limits guard against rounding only.
  const limitX = nx - 1.001;
  const limitY = fine.size[1] - 1.001;
  const limitZ = fine.size[2] - 1.001;
  const dx = ray[0] * dt;
  const dy = ray[1] * dt;
  const dz = ray[2] * dt;
  const x0 = source[0] + ray[0] * start;
  const y0 = source[1] + ray[1] * start;
  const z0 = source[2] + ray[2] * start;
  let soft = 0;
  let bone = 0;
  let metal = 0;
  for (let s = 0; s < steps; s++) {
    const x = Math.min(limitX, Math.max(0, x0 + s * dx));
    const y = Math.min(limitY, Math.max(0, y0 + s * dy));
    const z = Math.min(limitZ, Math.max(0, z0 + s * dz));
    const i = x | 0;
    const j = y | 0;
    const k = z | 0;
    const fx = x - i;
    const fy = y - j;
    const fz = z - k;
    const n = i + nx * j + slice * k;
    const a = data[n]!;
    const b = data[n + nx]!;
    const c = data[n + slice]!;
    const d = data[n + slice + nx]!;
    const ax = a + fx * (data[n + 1]! - a);
    const bx = b + fx * (data[n + nx + 1]! - b);
    const cx = c + fx * (data[n + slice + 1]! - c);
    const dx1 = d + fx * (data[n + slice + nx + 1]! - d);
    const low = ax + fy * (bx - ax);
    const value = low + fz * (cx + fy * (dx1 - cx) - low);
    if (value <= boneFromHu) {
      soft += value + 1000;
    } else {
      soft += boneFromHu + 1000;
      const capped = value < metalFromHu ? value : metalFromHu;
      bone += capped - boneFromHu;
      metal += value - capped;
    }
  }
  out[at] = soft;
  out[at + 1] = bone;
  out[at + 2] = metal;
}
