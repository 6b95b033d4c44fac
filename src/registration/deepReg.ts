import type { DeepRegNetwork } from "../networks/deepRegNetwork.ts";
import { climb } from "./climb.ts";
import { type DeepRegSearch, searchByDeepReg } from "./deepRegSearch.ts";
import { type Levels, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import { gradientCorrelationMetrics } from "./optGc.ts";
import { posePrecision } from "./posePrecision.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { requireNetworks } from "./rtpi.ts";

/** How much of the whole work the network's search is. */
const networkShare = 0.7;

/** A local method that ends on less than this, with bone alone, has most likely not found the spine. */
export const leastSimilarity = 0.3;

/** One reading of the X-ray with the pose the network led to. */
interface Found {
  readonly xray: PreparedXray;
  readonly levels: Levels;
  readonly search: DeepRegSearch;
  /** Gradient correlation at medium resolution. */
  readonly similarity: number;
}

/** The network's search in one reading of the X-ray. */
async function searchReading(
  network: DeepRegNetwork,
  input: MethodInput,
  xray: PreparedXray,
  { levels, from, share }: { levels: Levels; from: number; share: number },
): Promise<Found> {
  const search = await searchByDeepReg(network, input, xray, (iteration, value, cameraFromWorld) => {
    input.countProjections(1);
    return input.report({
      ...{ stage: "network", iteration, similarity: -value },
      ...{ cameraFromWorld, fraction: from + share * Math.min(1, iteration / 100) },
    });
  });
  const level = levels.get("medium", gradientCorrelationMetrics.fine, "rigid");
  return { xray, levels, search, similarity: level.value(search.cameraFromWorld) };
}

async function run(input: MethodInput): Promise<MethodOutcome> {
  const network = await requireNetworks(input, "deep-reg").deepReg();
  const started = performance.now();
  const readings = [input.xray, ...(input.otherPolarity ? [input.otherPolarity] : [])];
  const opened = readings.map((xray) => createLevels(input, xray));
  const found: Found[] = [];
  const share = networkShare / readings.length;
  for (const [i, xray] of readings.entries()) {
    const place = { levels: opened[i]!, from: i * share, share };
    found.push(await searchReading(network, input, xray, place));
  }
  const initialiseMs = performance.now() - started;
  const best = found.reduce((a, b) => (b.similarity > a.similarity ? b : a));
  const climbed = await climb(
    best.levels,
    input,
    gradientCorrelationMetrics,
    best.search.cameraFromWorld,
    (stage, iteration, similarity, cameraFromWorld, done) =>
      input.report({
        ...{ stage, iteration, similarity, cameraFromWorld },
        fraction: networkShare + (1 - networkShare) * done,
      }),
  );
  const { final, content, medium, initial } = climbed;
  const doubtful = content === "rigid" && medium < leastSimilarity;
  const converged = final.stop !== "max-iterations";
  const fine = best.levels.get("fine", gradientCorrelationMetrics.fine, content);
  const precision = posePrecision(fine, final.cameraFromWorld, input);
  return {
    cameraFromWorld: final.cameraFromWorld,
    status: doubtful ? "low-confidence" : converged ? "converged" : "max-iterations",
    similarity: { name: "gc", initial, final: final.similarity },
    iterations: best.search.iterations + climbed.iterations,
    ...{ initialiseMs, xray: best.xray, warnings: [] },
    evidence: { content, medium, margin: 0, ...(precision && { precision }) },
  };
}

/** Deep-reg of the paper's tables: ProST's network similarity from the start pose, then gradient correlation. */
export const deepReg: RegistrationMethod = {
  name: "deep-reg",
  summary: "network similarity of ProST near the start pose, then gradient correlation",
  citation:
    "Gao et al., Generalizing Spatial Transformers to Projective Geometry with Applications to 2D/3D Registration, MICCAI 2020",
  needs: ["deep-reg"],
  run,
};
