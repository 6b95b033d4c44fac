import { type Mat4, fromLinearTranslation, transformPoint } from "../geometry/mat4.ts";
import type { Size3 } from "./grid.ts";
import { type Volume, voxelSpacingMm } from "./volume.ts";
import { emptyLike } from "./voxelData.ts";

const letters: readonly (readonly [string, string])[] = [
  ["L", "R"],
  ["P", "A"],
  ["S", "I"],
];

const permutations: readonly Size3[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** For each world axis x, y, z: the voxel axis nearest to it and whether it runs against it. */
interface NearestAxes {
  readonly axis: Size3;
  readonly flipped: readonly [boolean, boolean, boolean];
}

/** The assignment of voxel axes to world axes with the largest sum of |cosines|. */
function nearestAxes(worldFromVoxel: Mat4): NearestAxes {
  const spacing = voxelSpacingMm({ worldFromVoxel });
  const cosine = (row: number, column: number): number =>
    worldFromVoxel[4 * row + column]! / spacing[column]!;
  const score = (p: Size3): number => p.reduce((sum, column, row) => sum + Math.abs(cosine(row, column)), 0);
  const axis = permutations.reduce((best, p) => (score(p) > score(best) + 1e-9 ? p : best));
  return { axis, flipped: [cosine(0, axis[0]) < 0, cosine(1, axis[1]) < 0, cosine(2, axis[2]) < 0] };
}

/** Where i, j and k point to, nearest anatomical direction each: "LPS" runs to Left, Posterior, Superior. */
export function orientationLetters(worldFromVoxel: Mat4): string {
  const { axis, flipped } = nearestAxes(worldFromVoxel);
  return [0, 1, 2]
    .map((voxelAxis) => {
      const world = axis.indexOf(voxelAxis);
      return letters[world]![flipped[world] ? 1 : 0]!;
    })
    .join("");
}

/**
 * The same volume with i, j, k along the directions nearest to L, P, S: a pure permutation and flip of
 * voxels, every value keeps its world position. Returns the volume itself when nothing changes.
 */
export function reorientToLps(volume: Volume): Volume {
  const { axis, flipped } = nearestAxes(volume.worldFromVoxel);
  if (axis.every((a, i) => a === i) && flipped.every((f) => !f)) return volume;
  const size: Size3 = [volume.size[axis[0]]!, volume.size[axis[1]]!, volume.size[axis[2]]!];
  const strides = [1, volume.size[0], volume.size[0] * volume.size[1]];
  const step = axis.map((a, i) => (flipped[i] ? -strides[a]! : strides[a]!)) as unknown as Size3;
  const origin = axis.reduce((sum, a, i) => sum + (flipped[i] ? (volume.size[a]! - 1) * strides[a]! : 0), 0);
  const data = emptyLike(volume.data, volume.data.length);
  let target = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      let source = origin + j * step[1] + k * step[2];
      for (let i = 0; i < size[0]; i++, source += step[0]) data[target++] = volume.data[source]!;
    }
  }
  return { ...volume, data, size, worldFromVoxel: reorientedAffine(volume, axis, flipped) };
}

function reorientedAffine(volume: Volume, axis: Size3, flipped: readonly boolean[]): Mat4 {
  const m = volume.worldFromVoxel;
  const linear = new Array<number>(9);
  const first = [0, 0, 0];
  for (let i = 0; i < 3; i++) {
    for (let row = 0; row < 3; row++) linear[3 * row + i] = m[4 * row + axis[i]!]! * (flipped[i] ? -1 : 1);
    if (flipped[i]) first[axis[i]!] = volume.size[axis[i]!]! - 1;
  }
  return fromLinearTranslation(linear, transformPoint(m, [first[0]!, first[1]!, first[2]!]));
}
