import { approachByFeatures, approachSteps } from "./featurePath.ts";
import type { RegistrationMethod } from "./method.ts";
import { optimiseFrom } from "./optimiseFrom.ts";
import { initialPose, requireNetworks } from "./rtpi.ts";
import { sopi } from "./sopi.ts";

/** SOPI+opt of the paper: `opt-gc` from the initialiser's answer, or from where features lead from there. */
export const sopiOpt: RegistrationMethod = {
  name: "sopi+opt",
  summary: "rtpi and features, then opt-gc from their pose",
  citation: sopi.citation,
  needs: sopi.needs ?? [],
  run: async (input) => {
    const networks = requireNetworks(input, "sopi+opt");
    const started = performance.now();
    const estimate = await initialPose(input, networks);
    const estimateMs = performance.now() - started;
    const outcome = await optimiseFrom(input, estimate, async () =>
      approachByFeatures(
        ...([await networks.encoder(), input, estimate.xray, estimate.cameraFromWorld] as const),
        (iteration, value, pose) =>
          input.report({
            ...{ stage: "features", iteration, similarity: -value },
            ...{ cameraFromWorld: pose, fraction: 0.1 + (0.1 * iteration) / approachSteps },
          }),
      ),
    );
    return { ...outcome, initialiseMs: estimateMs + outcome.initialiseMs };
  },
};
