import type { SimilarityFactory } from "../similarity/similarity.ts";
import { normalisedGradientInformation } from "../similarity/normalisedGradientInformation.ts";
import type { RegistrationMethod } from "./method.ts";
import { registerByOptimisation } from "./optimisation.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";

const metric: SimilarityFactory = (fixed, width, height, options) =>
  normalisedGradientInformation(fixed, width, height, options ?? {});

/** What `opt-ngi` searches and finishes with. */
export const ngiMetrics: OptimisationMetrics = {
  ...{ name: "ngi", coarse: metric, fine: metric },
  // Wherever edges are dense, some are alike by chance: 0.7 is no match yet.
  explainedAbove: 0.85,
  // Its ridges are narrower than those of correlations, and are climbed in shorter steps.
  patience: 4,
};

/** Opt-NGI of the paper: normalised gradient information in a differentiable form. */
export const optNgi: RegistrationMethod = {
  name: "opt-ngi",
  summary: "iterative DRR optimisation, normalised gradient information",
  citation:
    "Otake et al., Robust 3D-2D image registration: application to spine interventions, Phys. Med. Biol. 58 (2013) 8535",
  run: (input) => registerByOptimisation(input, ngiMetrics),
};
