import { join } from "node:path";
import {
  type CasePlan,
  type EvaluationCase,
  type SubjectPoints,
  completeCase,
} from "../../../evaluation/cases.ts";
import { methodLabel, protocolGeometry } from "../../../evaluation/protocol.ts";
import type { Protocol, ProtocolMethod } from "../../../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../../../evaluation/record.ts";
import { type CaseOutcome, runCase } from "../../../evaluation/runCase.ts";
import { type Subject, subjectMask, subjectPoints } from "../../../evaluation/subject.ts";
import { SopiError } from "../../../errors.ts";
import type { ImagingGeometry } from "../../../geometry/presets.ts";
import type { Radiograph } from "../../../image/radiograph.ts";
import type { Volume } from "../../../image/volume.ts";
import type { Projector } from "../../../projector/projector.ts";
import { createNodeProjector } from "../projector.ts";
import { createMethodNetworks } from "./methodNetworks.ts";
import { createSubjectLoader } from "./subjectLoader.ts";
import { createXrayCache } from "./xrayCache.ts";

/** A case with its images. */
export interface LoadedCase {
  readonly evaluationCase: EvaluationCase;
  readonly geometry: ImagingGeometry;
  readonly subject: Subject;
  readonly points: SubjectPoints;
  readonly mask: Volume | undefined;
  readonly radiograph: Radiograph;
  readonly loadMs: number;
}

/** Runs cases one after another on one projector. */
export interface CaseRunner {
  readonly projector: Projector;
  load(plan: CasePlan): Promise<LoadedCase>;
  run(loaded: LoadedCase, method: ProtocolMethod, signal?: AbortSignal): Promise<CaseOutcome>;
  dispose(): Promise<void>;
}

export interface CaseRunnerOptions {
  readonly protocol: Protocol;
  /** Folder of the evaluation; simulated X-rays are kept in its `xrays/`. */
  readonly folder: string;
  /** Threads of the projector. */
  readonly threads: number;
}

/** Opens a projector and a cache. */
export async function createCaseRunner({
  protocol,
  folder,
  threads,
}: CaseRunnerOptions): Promise<CaseRunner> {
  const projector = await createNodeProjector({ threads });
  const loadSubject = createSubjectLoader();
  const cache = createXrayCache(join(folder, "xrays"));
  const methodNetworks = createMethodNetworks(threads);
  return {
    projector,
    async load(plan) {
      const started = performance.now();
      const subject = await loadSubject(plan.subject);
      const points = subjectPoints(subject, protocol);
      const evaluationCase = completeCase(plan, protocol, points);
      const geometry = { ...protocolGeometry(protocol), view: plan.view };
      const radiograph = await cache.radiograph(evaluationCase, subject, geometry);
      const mask = subjectMask(subject, plan.row.mask);
      const loadMs = performance.now() - started;
      return { evaluationCase, geometry, subject, points, mask, radiograph, loadMs };
    },
    async run(loaded, method, signal) {
      const { subject, ...rest } = loaded;
      const volume = { volume: subject.ct, subjectKey: subject.key };
      const networks = await methodNetworks.open(method);
      return runCase({ ...rest, ...volume, method, projector, networks, signal });
    },
    async dispose() {
      projector.dispose();
      await methodNetworks.dispose();
    },
  };
}

/**
 * Runs one case by several methods and hands over a record for each. A volume or X-ray that cannot be made is a
 * failure of the evaluation, not of a method, and is thrown.
 */
export async function runPlan(
  runner: CaseRunner,
  plan: CasePlan,
  methods: readonly ProtocolMethod[],
  options: { readonly onRecord: (record: RegistrationRecord) => void; readonly signal?: AbortSignal },
): Promise<void> {
  const loaded = await runner.load(plan);
  for (const method of methods) {
    if (options.signal?.aborted)
      throw new SopiError("aborted", { what: `Cancelled at ${methodLabel(method)}` });
    const { record } = await runner.run(loaded, method, options.signal);
    const memoryMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    options.onRecord({ ...record, memoryMiB });
  }
}
