import { type Volume, createVolume } from "../image/volume.ts";
import { createRandom } from "../random.ts";

/** Random boxes of bone in soft tissue (HU), 4 mm voxels: edges in every direction and no symmetry. */
export function boxesCt(side = 44, seed = 5): Volume {
  const random = createRandom(seed);
  const data = new Int16Array(side ** 3).fill(-1000);
  const fill = (low: number[], size: number[], hu: number): void => {
    for (let k = low[2]!; k < Math.min(side, low[2]! + size[2]!); k++) {
      for (let j = low[1]!; j < Math.min(side, low[1]! + size[1]!); j++) {
        const row = side * (j + side * k);
        data.fill(hu, row + low[0]!, row + Math.min(side, low[0]! + size[0]!));
      }
    }
  };
  fill([2, 2, 2], [side - 4, side - 4, side - 4], 30);
  for (let b = 0; b < 70; b++) {
    const low = [0, 1, 2].map(() => 4 + random.integer(side - 12));
    fill(
      low,
      [0, 1, 2].map(() => 2 + random.integer(6)),
      300 + random.integer(700),
    );
  }
  const worldFromVoxel = [4, 0, 0, -80, 0, 4, 0, -60, 0, 0, 4, 100, 0, 0, 0, 1];
  return createVolume({ data, size: [side, side, side], worldFromVoxel, quantity: "hu" });
}
