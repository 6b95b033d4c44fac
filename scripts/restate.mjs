// node scripts/restate.mjs runs/NAME...: after a new fit of probabilities (npm run confidence), states those of records
// made before it anew, and the statuses that follow from them. Poses, errors and times stay; what a method itself
// thought of its result follows from the evidence in the record.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { confidenceFeatures, confidenceOf, statusInConfidence } from "../dist/registration/confidence.js";
import { leastSimilarity } from "../dist/registration/deepReg.js";
import { gradientCorrelationMetrics } from "../dist/registration/optGc.js";
import { ncclMetrics } from "../dist/registration/optNccl.js";
import { ngiMetrics } from "../dist/registration/optNgi.js";
import { isCertain } from "../dist/registration/optimisationMetrics.js";
import { leastMargin } from "../dist/registration/searchEvidence.js";

const metricsOf = { gc: gradientCorrelationMetrics, nccl: ncclMetrics, ngi: ngiMetrics };

/** Whether the method itself doubted the result. */
function doubtful({ method, result }) {
  const { evidence, similarity } = result;
  if (method === "rtpi") return similarity.final <= similarity.initial;
  if (method === "deep-reg") return evidence.content === "rigid" && evidence.medium < leastSimilarity;
  if (!method.includes("opt")) return false;
  const match = { similarity: evidence.medium, stop: "step-tolerance" };
  const certain = evidence.content === "all" && isCertain(metricsOf[similarity.name], match);
  return !certain && (evidence.margin ?? Number.POSITIVE_INFINITY) < leastMargin;
}

function restated(record, method) {
  const { result } = record;
  if (!result || result.status === null) return record;
  // Only a pose in which no patient can lie has the probability 0: it stays wrong whatever the fit.
  if (result.confidence?.within10mm === 0) return record;
  const { evidence, similarity, deadFraction, instrumentFraction } = result;
  const margin = evidence.margin ?? Number.POSITIVE_INFINITY;
  const input = { similarity, evidence: { ...evidence, margin }, deadFraction, instrumentFraction };
  const confidence = confidenceOf(method, confidenceFeatures(input), evidence.precision);
  const settled = evidence.settled === false ? "max-iterations" : "converged";
  const own = doubtful({ method, result }) ? "low-confidence" : settled;
  const { confidence: _, ...rest } = result;
  const status = statusInConfidence(own, confidence);
  return { ...record, result: { ...rest, status, ...(confidence && { confidence }) } };
}

for (const folder of process.argv.slice(2)) {
  const path = join(folder, "registrations.jsonl");
  if (!existsSync(path)) throw new Error(`${path}: not there`);
  const protocol = JSON.parse(readFileSync(join(folder, "protocol.json"), "utf8"));
  // A method may stand in the tables under another name.
  const names = new Map(protocol.methods.map(({ name, label }) => [label ?? name, name]));
  let changed = 0;
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const before = JSON.parse(line);
      const after = restated(before, names.get(before.method) ?? before.method);
      if (after.result?.status !== before.result?.status) {
        changed++;
        const mm = after.result.errors.mtreMm.toFixed(1);
        console.log(`${after.id}: ${before.result.status} -> ${after.result.status} (${mm} mm)`);
      }
      return JSON.stringify(after);
    });
  writeFileSync(`${path}.new`, `${lines.join("\n")}\n`);
  renameSync(`${path}.new`, path);
  console.error(`${path}: ${lines.length} records, ${changed} with another status`);
}
