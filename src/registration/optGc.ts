import type { SimilarityFactory } from "../similarity/similarity.ts";
import { gradientCorrelation } from "../similarity/gradientCorrelation.ts";
import type { RegistrationMethod } from "./method.ts";
import { registerByOptimisation } from "./optimisation.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";

const coarse: SimilarityFactory = (fixed, width, height, options) =>
  gradientCorrelation(fixed, width, height, { ...options, patches: { radiusPx: 8, stridePx: 6 } });

const fine: SimilarityFactory = (fixed, width, height, options) =>
  gradientCorrelation(fixed, width, height, {
    ...options,
    patches: { radiusPx: Math.round(width / 12), stridePx: Math.round(width / 20), robustScale: 0.5 },
  });

/** Gradient correlation as `opt-gc` uses it. */
export const gradientCorrelationMetrics: OptimisationMetrics = {
  name: "gc",
  coarse,
  fine,
  explainedAbove: 0.7,
};

/** Opt-GC of the paper: iterative DRR optimisation of (patchwise) gradient correlation. */
export const optGc: RegistrationMethod = {
  name: "opt-gc",
  summary: "iterative DRR optimisation, gradient correlation",
  citation:
    "De Silva et al., 3D-2D image registration for target localization in spine surgery, Phys. Med. Biol. 61 (2016) 3009; Grupp et al., IEEE TBME 67 (2020) 441 for patches",
  run: (input) => registerByOptimisation(input, gradientCorrelationMetrics),
};
