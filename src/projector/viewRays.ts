import { invertAffine } from "../geometry/mat4.ts";
import type { ProjectionGeometry } from "./projectionGeometry.ts";
import { type RayFrame, createRayFrame, pixelRays, setRayFrame } from "./rayFrame.ts";
import { type SamplingRegion, planSampling } from "./samplingPlan.ts";

/** Takes one pixel's ray, along (rx, ry, 1) of the camera. */
type VisitPixel = (pixel: number, rx: number, ry: number) => void;

/**
 * Visits every pixel of a view whose ray may meet the grid, row by row within regions of one dominant axis; `begin` is
 * called for each region and says what is done with its pixels.
 */
export function visitPixels(
  geometry: ProjectionGeometry,
  begin: (frame: RayFrame, axis: 0 | 1 | 2) => VisitPixel,
): void {
  const { camera } = geometry;
  const frame = setRayFrame(
    createRayFrame(),
    invertAffine(geometry.worldFromVoxel),
    geometry.cameraFromWorld,
  );
  const rays = pixelRays(camera);
  const plan: SamplingRegion[] = [];
  const regions = planSampling(plan, frame, rays, camera.width, camera.height);
  for (const { u0, v0, u1, v1, axis } of plan.slice(0, regions)) {
    const visit = begin(frame, axis);
    for (let v = v0; v < v1; v++) {
      for (let u = u0; u < u1; u++) {
        visit(v * camera.width + u, u * rays.slopeU + rays.offsetU, v * rays.slopeV + rays.offsetV);
      }
    }
  }
}
