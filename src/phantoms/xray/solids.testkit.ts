import type { Camera } from "../../geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../../geometry/carm.ts";
import type { Mat4 } from "../../geometry/mat4.ts";
import { poseFromDegMm, zeroPose } from "../../geometry/pose.ts";
import type { Volume } from "../../image/volume.ts";

/** A small parallel-ish camera: long focus, principal point in the middle. */
export function testCamera(pixels: number, pitchMm: number): Camera {
  return {
    ...{ width: pixels, height: pixels, sourceToDetectorMm: 1000 },
    pixelSpacingMm: [pitchMm, pitchMm],
    principalPointPx: [(pixels - 1) / 2, (pixels - 1) / 2],
  };
}

/** AP view of the world's origin, 700 mm from the source, turned by `ryDeg`. */
export function apView(ryDeg = 0): Mat4 {
  const frame: CarmFrame = { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 };
  const pose = { rxDeg: 0, ryDeg, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 };
  return cameraFromPose(ryDeg === 0 ? zeroPose : poseFromDegMm(pose), frame);
}

/** A CT centred on the world's origin whose HU are given by world position (mm). */
export function paintedCt(
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
  hu: (x: number, y: number, z: number) => number,
): Volume {
  const data = new Int16Array(size[0] * size[1] * size[2]);
  const origin = size.map((n, a) => (-(n - 1) / 2) * spacing[a]!);
  let n = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++) {
        data[n++] = hu(origin[0]! + i * spacing[0], origin[1]! + j * spacing[1], origin[2]! + k * spacing[2]);
      }
    }
  }
  const worldFromVoxel: Mat4 = [
    ...[spacing[0], 0, 0, origin[0]!],
    ...[0, spacing[1], 0, origin[1]!],
    ...[0, 0, spacing[2], origin[2]!],
    ...[0, 0, 0, 1],
  ];
  return { data, size, worldFromVoxel, quantity: "hu" };
}

/** A slab of one HU, `thicknessMm` along y (a multiple of the spacing), wide in x and z, air around it. */
export function slabCt(hu: number, thicknessMm: number, spacingMm = 2): Volume {
  const along = Math.round(thicknessMm / spacingMm) + 4;
  return paintedCt([64, along, 64], [spacingMm, spacingMm, spacingMm], (_x, y) =>
    Math.abs(y) < thicknessMm / 2 ? hu : -1000,
  );
}
