/** How far from the start the pose may lie, per axis, either way. */
export interface SearchRange {
  readonly rotationDeg: number;
  readonly inPlaneMm: number;
  readonly depthMm: number;
}
