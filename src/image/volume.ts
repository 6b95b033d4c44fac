import { badInput } from "../errors.ts";
import { determinant3 } from "../geometry/mat3.ts";
import { type Mat4, linearPart, transformPoint } from "../geometry/mat4.ts";
import { type Vec3, norm } from "../geometry/vec3.ts";

export type VoxelData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** What the numbers of a volume mean. */
export type Quantity = "hu" | "attenuation" | "label" | "unknown";

/**
 * A 3D image on a regular (possibly oblique) grid. Voxel (i, j, k) is a centre; i runs fastest:
 * data[i + nx (j + ny k)]. `worldFromVoxel` maps indices to LPS millimetres.
 */
export interface Volume {
  readonly data: VoxelData;
  readonly size: readonly [number, number, number];
  readonly worldFromVoxel: Mat4;
  readonly quantity: Quantity;
}

/** Checks shape and grid; throws `bad-input` naming what is wrong. */
export function createVolume(volume: Volume, name = "Volume"): Volume {
  const { data, size, worldFromVoxel } = volume;
  if (!size.every((n) => Number.isInteger(n) && n > 0) || data.length !== size[0] * size[1] * size[2]) {
    throw badInput({
      what: name,
      got: `${data.length} voxels for a size of ${size.join(" x ")}`,
      expected: "three positive sizes whose product is the number of voxels",
    });
  }
  const volumeMm3 = worldFromVoxel.every(Number.isFinite)
    ? determinant3(linearPart(worldFromVoxel))
    : Number.NaN;
  if (worldFromVoxel.length !== 16 || !Number.isFinite(volumeMm3) || Math.abs(volumeMm3) < 1e-12) {
    throw badInput({
      what: `${name}: voxel grid`,
      got: `spacing ${voxelSpacingMm(volume).join(", ")} mm`,
      expected: "finite spacing above zero along three independent axes",
    });
  }
  return volume;
}

/** Distance in mm between neighbouring voxel centres along i, j and k. */
export function voxelSpacingMm(volume: Pick<Volume, "worldFromVoxel">): Vec3 {
  const m = volume.worldFromVoxel;
  const column = (c: number): number => norm([m[c]!, m[4 + c]!, m[8 + c]!]);
  return [column(0), column(1), column(2)];
}

/** World position (LPS mm) of the centre of the voxel grid. */
export function volumeCentreMm(volume: Pick<Volume, "size" | "worldFromVoxel">): Vec3 {
  const [nx, ny, nz] = volume.size;
  return transformPoint(volume.worldFromVoxel, [(nx - 1) / 2, (ny - 1) / 2, (nz - 1) / 2]);
}

/** The eight outer corners of the grid (voxel faces, not centres) in world mm. */
export function volumeCornersMm(volume: Pick<Volume, "size" | "worldFromVoxel">): Vec3[] {
  const [nx, ny, nz] = volume.size;
  const corners: Vec3[] = [];
  for (const k of [-0.5, nz - 0.5]) {
    for (const j of [-0.5, ny - 0.5]) {
      for (const i of [-0.5, nx - 0.5]) corners.push(transformPoint(volume.worldFromVoxel, [i, j, k]));
    }
  }
  return corners;
}
