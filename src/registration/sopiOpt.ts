import type { SearchRange } from "./searchRange.ts";
import type { MethodOutcome, RegistrationMethod } from "./method.ts";
import { optGc } from "./optGc.ts";
import { registerSopi, sopi } from "./sopi.ts";

/** How far from its own answer `sopi` may still be; the optimisation looks there unless it is told otherwise. */
const doubt: SearchRange = { rotationDeg: 10, inPlaneMm: 20, depthMm: 40 };

/** SOPI+opt of the paper: `opt-gc` from the result of `sopi`. */
export const sopiOpt: RegistrationMethod = {
  name: "sopi+opt",
  summary: "sopi, then opt-gc around its result",
  citation: sopi.citation,
  run: async (input): Promise<MethodOutcome> => {
    const started = performance.now();
    const first = await registerSopi(input, "sopi+opt");
    const initialiseMs = performance.now() - started;
    const { otherPolarity: _, ...rest } = input;
    const outcome = await optGc.run({
      ...rest,
      xray: first.xray,
      start: first.cameraFromWorld,
      range: input.range === "auto" ? doubt : input.range,
    });
    return {
      ...outcome,
      iterations: first.iterations + outcome.iterations,
      evaluations: first.evaluations + outcome.evaluations,
      initialiseMs,
    };
  },
};
