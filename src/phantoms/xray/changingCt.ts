/** A CT being changed, with the distance of every voxel from what must not move. */
export interface ChangingCt {
  /** HU, i fastest. */
  hu: Float32Array;
  readonly size: readonly [number, number, number];
  /** Voxel spacing in mm. */
  readonly spacing: readonly [number, number, number];
  /** Distance of every voxel from bone, mm. */
  readonly fromBone: Float32Array;
}
