import type { Mat4 } from "../geometry/mat4.ts";
import type { Volume, VoxelData } from "../image/volume.ts";
import { createRandom } from "../random.ts";

/** An oblique, anisotropic, left-handed grid. */
export const obliqueAffine: Mat4 = (() => {
  const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
  return [0.75 * c, -1.5 * s, 0, -40.25, 0.75 * s, 1.5 * c, 0, 25.5, 0, 0, -2.5, 110, 0, 0, 0, 1];
})();

/** Every array type a volume may have, with values over its range. */
export const samples: readonly VoxelData[] = [
  Int8Array.of(-128, 127, 0, 5),
  Uint8Array.of(0, 255, 1, 128),
  Int16Array.of(-32768, 32767, -1024, 3),
  Uint16Array.of(0, 65535, 256, 7),
  Int32Array.of(-2147483648, 2147483647, 1, 0),
  Uint32Array.of(0, 4294967295, 1, 2),
  Float32Array.of(-1.5, 3.25e-8, 1e30, 0),
  Float64Array.of(-Math.PI, 1e-300, 0, 1e300),
];

/** A volume of 3 x 4 x 5 voxels of the sample's type. */
export function sampleVolume(sample: VoxelData, size: readonly [number, number, number] = [3, 4, 5]): Volume {
  const random = createRandom(1);
  const data = new (sample.constructor as new (length: number) => VoxelData)(size[0] * size[1] * size[2]);
  for (let i = 0; i < data.length; i++) data[i] = sample[i < 4 ? i : random.integer(4)]!;
  return { data, size, worldFromVoxel: obliqueAffine, quantity: "unknown" };
}

/** Latin-1 bytes of text. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
