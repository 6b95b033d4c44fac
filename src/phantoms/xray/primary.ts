import type { Camera } from "../../geometry/camera.ts";
import type { Mat4 } from "../../geometry/mat4.ts";
import { type Vec3, normalise } from "../../geometry/vec3.ts";
import type { FineVolume } from "./fineVolume.ts";
import { createRayIntegrator } from "./rayIntegrator.ts";
import { type Spectrum, transmission } from "./spectrum.ts";
import { type Tool, chordMm, shadowBox } from "./tools.ts";
import type { XrayPhysics } from "./xrayPhysics.ts";

/**
 * Primary radiation relative to the open beam, averaged over the rays of each pixel; pixels that a
 * tool shades are set to 1 in `toolMask`.
 */
export function tracePrimary(
  fine: FineVolume,
  spectrum: Spectrum,
  physics: XrayPhysics,
  scene: { camera: Camera; cameraFromWorld: Mat4; tools: readonly Tool[]; toolMask: Uint8Array },
): Float64Array {
  const { camera, cameraFromWorld, tools, toolMask } = scene;
  const { width, height } = camera;
  const n = physics.supersample;
  const integrator = createRayIntegrator(fine, camera, cameraFromWorld, physics.stepRatio * fine.spacingMm);
  const u = Float64Array.from({ length: width * n }, (_, i) => (i + 0.5) / n - 0.5);
  const paths = new Float64Array(3 * u.length);
  const primary = new Float64Array(width * height);
  const pieces = tools
    .flatMap((tool) => tool.pieces)
    .map((piece) => ({ piece, box: shadowBox(piece, camera) }));
  const share = 1 / (n * n);
  const phases = Array.from({ length: n }, (_, r) =>
    Array.from({ length: n }, (_, c) => (((r + c) % n) + r / n + 0.5 / n) / n),
  );
  for (let row = 0; row < height * n; row++) {
    const v = (row + 0.5) / n - 0.5;
    integrator.traceRow(u, v, phases[row % n]!, paths);
    const active = pieces.filter(({ box }) => v >= box[2] && v <= box[3]);
    const at = width * Math.floor(row / n);
    for (let i = 0; i < u.length; i++) {
      const steel = active.length > 0 ? steelMm(active, camera, u[i]!, v) : 0;
      const pixel = at + Math.floor(i / n);
      if (steel > 0) toolMask[pixel] = 1;
      primary[pixel]! +=
        share * transmission(spectrum, paths[3 * i]!, paths[3 * i + 1]!, paths[3 * i + 2]!, steel);
    }
  }
  return primary;
}

type ShadowedPiece = { piece: Tool["pieces"][number]; box: [number, number, number, number] };

function steelMm(active: readonly ShadowedPiece[], camera: Camera, u: number, v: number): number {
  const x = (u - camera.principalPointPx[0]) * camera.pixelSpacingMm[0];
  const y = (v - camera.principalPointPx[1]) * camera.pixelSpacingMm[1];
  let direction: Vec3 | undefined;
  let sum = 0;
  for (const { piece, box } of active) {
    if (u < box[0] || u > box[1]) continue;
    direction ??= normalise([x, y, camera.sourceToDetectorMm]);
    sum += chordMm(piece, direction);
  }
  return sum;
}
