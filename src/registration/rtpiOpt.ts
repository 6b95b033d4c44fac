import type { RegistrationMethod } from "./method.ts";
import { optimiseFrom } from "./optimiseFrom.ts";
import { initialPose, requireNetworks, rtpi } from "./rtpi.ts";

/** The initialiser with `opt-gc` in place of the fine registration: what the encoders have to beat. */
export const rtpiOpt: RegistrationMethod = {
  name: "rtpi+opt",
  summary: "rtpi, then opt-gc from its answer",
  citation: rtpi.citation,
  needs: ["rtpi"],
  run: async (input) => {
    const started = performance.now();
    const estimate = await initialPose(input, requireNetworks(input, "rtpi+opt"));
    const estimateMs = performance.now() - started;
    const outcome = await optimiseFrom(input, estimate);
    return { ...outcome, initialiseMs: estimateMs + outcome.initialiseMs };
  },
};
