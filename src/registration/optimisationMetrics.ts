import type { Refined } from "./refine.ts";
import type { SimilarityFactory, SimilarityName } from "../similarity/similarity.ts";

/** How a method compares images: one metric to search with, one to finish with. */
export interface OptimisationMetrics {
  readonly name: SimilarityName;
  readonly coarse: SimilarityFactory;
  readonly fine: SimilarityFactory;
  /** Value at medium resolution above which the whole CT explains the X-ray and the search may end. */
  readonly explainedAbove: number;
  /** How many times the usual number of iterations the metric may need above low resolution. Default 1. */
  readonly patience?: number;
}

/** Whether a match of the whole volume needs no rival to be compared with: so good, and not still on its way. */
export function isCertain({ explainedAbove }: OptimisationMetrics, match: Refined): boolean {
  const certainAbove = explainedAbove + 0.25 * (1 - explainedAbove);
  return match.similarity > certainAbove && match.stop !== "max-iterations";
}
