import type { LevelName } from "./levels.ts";

/** How long a pose is refined at one resolution, and how exactly. */
export interface LevelLimits {
  readonly maxIterations: number;
  /** See `RefineOptions`. */
  readonly stepTolerance: number;
}

/** How exactly each resolution is worth converging. */
export const levelLimits: Readonly<Record<LevelName, LevelLimits>> = {
  coarse: { maxIterations: 12, stepTolerance: 0.05 },
  medium: { maxIterations: 15, stepTolerance: 0.02 },
  fine: { maxIterations: 20, stepTolerance: 0.004 },
};
