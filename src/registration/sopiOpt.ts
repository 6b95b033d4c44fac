import type { RegistrationMethod } from "./method.ts";
import { gradientCorrelationMetrics } from "./optGc.ts";
import { optimiseFrom, withTrainedShare } from "./rtpiOpt.ts";
import { registerSopi, sopi } from "./sopi.ts";

/** SOPI+opt of the paper: `opt-gc` from the result of `sopi`. */
export const sopiOpt: RegistrationMethod = {
  name: "sopi+opt",
  summary: "sopi, then opt-gc around its result",
  citation: sopi.citation,
  needs: sopi.needs ?? [],
  run: async (input) => {
    const started = performance.now();
    const first = await registerSopi(input, "sopi+opt", gradientCorrelationMetrics);
    if (first.optimised) return withTrainedShare(input, first);
    const initialiseMs = performance.now() - started;
    const outcome = await optimiseFrom(input, first);
    return { ...outcome, iterations: first.iterations + outcome.iterations, initialiseMs };
  },
};
