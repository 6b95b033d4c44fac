import type { SimilarityFactory } from "../similarity/similarity.ts";
import { nccl } from "../similarity/nccl.ts";
import type { RegistrationMethod } from "./method.ts";
import { registerByOptimisation } from "./optimisation.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";

const metric: SimilarityFactory = (fixed, width, height, options) =>
  nccl(fixed, width, height, {
    ...options,
    sigmaPx: width / 128,
    patches: {
      radiusPx: Math.round(width / 8),
      stridePx: Math.round(width / 14),
      energyPower: 0.5,
      robustScale: 0.5,
    },
  });

/** What `opt-nccl` searches and finishes with. */
export const ncclMetrics: OptimisationMetrics = {
  ...{ name: "nccl", coarse: metric, fine: metric },
  explainedAbove: 0.7,
};

/** Opt-NCCL of the paper: normalised cross-correlation with a Laplacian-of-Gaussian term, patchwise. */
export const optNccl: RegistrationMethod = {
  name: "opt-nccl",
  summary: "iterative DRR optimisation, normalised cross-correlation with a Laplacian-of-Gaussian term",
  citation:
    "Liu et al., 2D/3D multimode medical image registration based on normalized cross-correlation, Applied Sciences 12 (2022) 2828",
  run: (input) => registerByOptimisation(input, ncclMetrics),
};
