import type { Camera } from "../geometry/camera.ts";
import { type Mat4, transformPoint } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";

/**
 * Nearest to the source that a patient may come (mm): the least source-skin distance of surgical fluoroscopy, 20 cm
 * (21 CFR 1020.32(g)); of apparatus smaller than a C-arm a fifth of the source-to-detector distance.
 */
const leastDistanceMm = (sourceToDetectorMm: number): number => Math.min(200, sourceToDetectorMm / 5);

/**
 * Why no patient can lie as a pose says, in one sentence, or undefined where nothing speaks against it. A search may
 * run away along the beam: what is large and blurred enough is like anything.
 */
export function impossiblePose(
  cameraFromWorld: Mat4,
  centreMm: Vec3,
  { sourceToDetectorMm }: Pick<Camera, "sourceToDetectorMm">,
): string | undefined {
  const depthMm = transformPoint(cameraFromWorld, centreMm)[2];
  const pose = `The pose found puts the middle of the CT's content ${depthMm.toFixed(0)} mm from the source`;
  if (depthMm > sourceToDetectorMm) return `${pose}, behind the detector: it is wrong.`;
  return depthMm < leastDistanceMm(sourceToDetectorMm)
    ? `${pose}, where no patient can be: it is wrong.`
    : undefined;
}
