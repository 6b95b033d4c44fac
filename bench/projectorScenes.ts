import { binCamera, type Camera } from "../src/geometry/camera.ts";
import { type View, cameraFromPose } from "../src/geometry/carm.ts";
import type { Mat4 } from "../src/geometry/mat4.ts";
import { poseFromDegMm } from "../src/geometry/pose.ts";
import { presetGeometry } from "../src/geometry/presets.ts";
import type { Volume } from "../src/image/volume.ts";
import { createRandom } from "../src/random.ts";

const preset = presetGeometry("perlove-plx118f");

/** The preset's detector at 256, 128 or 64 pixels a side. */
export function detector(side: number): Camera {
  return binCamera(preset.camera, preset.camera.width / side);
}

/** A slightly turned view of a volume centred on the isocentre. */
export function viewPose(view: View, turn = 0): Mat4 {
  const degrees = { rxDeg: 5 + turn, ryDeg: -4, rzDeg: 7 };
  return cameraFromPose(poseFromDegMm({ ...degrees, txMm: 5, tyMm: 3, tzMm: -6 }), {
    view,
    centreMm: [0, 0, 0],
    sourceToIsocentreMm: preset.sourceToIsocentreMm,
  });
}

/** A cube of `side` voxels and 256 mm, so large that every ray of the detector crosses it from face to face. */
function cube(side: number, data: Float32Array): Volume {
  const mm = 256 / side;
  const c = (-(side - 1) / 2) * mm;
  return {
    data,
    size: [side, side, side],
    worldFromVoxel: [mm, 0, 0, c, 0, mm, 0, c, 0, 0, mm, c, 0, 0, 0, 1],
    quantity: "attenuation",
  };
}

/** Every voxel different and above zero: nothing can be skipped. */
export function denseVolume(side: number): Volume {
  const random = createRandom(1);
  return cube(
    side,
    Float32Array.from({ length: side ** 3 }, () => 0.01 + 0.01 * random.next()),
  );
}

/** A column of vertebra-like solids (bodies, arches, transverse and spinous processes) in air, about 4 % filled. */
export function spineVolume(side: number): Volume {
  const data = new Float32Array(side ** 3);
  const mm = 256 / side;
  const random = createRandom(2);
  for (let i = 0; i < data.length; i++) {
    const x = ((i % side) + 0.5) * mm - 128;
    const y = ((Math.floor(i / side) % side) + 0.5) * mm - 128;
    const z = ((Math.floor(i / side ** 2) + 0.5) * mm) % 37;
    const body = (x / 25) ** 2 + ((y + 10) / 18) ** 2 < 1 && z < 28;
    const arch = Math.abs(Math.hypot(x, y - 18) - 14) < 3.5 && z > 4 && z < 20;
    const spinous = Math.abs(x) < 4 && y > 30 && y < 60 && z > 2 && z < 22;
    const transverse = Math.abs(x) > 12 && Math.abs(x) < 42 && Math.abs(y - 14) < 5 && z > 10 && z < 20;
    if (body || arch || spinous || transverse) data[i] = 0.03 + 0.01 * random.next();
  }
  return cube(side, data);
}

/** Share of voxels that are not zero. */
export function filled(volume: Volume): number {
  let count = 0;
  for (const value of volume.data) if (value !== 0) count++;
  return count / volume.data.length;
}
