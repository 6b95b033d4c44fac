import type { ConfidenceModel } from "./confidenceModel.ts";

/** Models by method, made by `npm run confidence`; a method that is not here states no confidence. */
export const fittedConfidence: Readonly<Record<string, ConfidenceModel>> = {};
