import { mkdtemp, readFile, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { createNodeRuntime } from "../src/platform/node/onnxSession.ts";
import { createNodeProjector } from "../src/platform/node/projector.ts";
import { loadTrainingVolumes } from "../src/platform/node/trainingVolumeFiles.ts";
import type { Projector } from "../src/projector/projector.ts";
import type { TensorRuntime } from "../src/tensor/session.ts";
import { createFeatureStepTrainer } from "../src/training/trainFeatureSteps.ts";
import { createRtpiTrainer } from "../src/training/trainRtpi.ts";
import type { Trainer } from "../src/training/trainer.ts";
import { parseTrainingConfig } from "../src/training/trainingConfig.ts";
import { trainingContent } from "../src/training/trainingVolumes.ts";
import { benchMachine } from "./benchMachine.ts";
import { keptMeasurement } from "./keptMeasurement.ts";

/*
 * Whole steps of the shipped networks' training: how much of one is the network, how much is rendering, and how much
 * rendering costs beyond the network it runs beside.
 */

const steps = { encoder: 8, rtpi: 12 } as const;

/** Adds up the time spent in a function. */
interface Clock {
  ms: number;
}

function timedProjector(projector: Projector, clock: Clock): Projector {
  return new Proxy(projector, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...values: unknown[]): unknown => {
        const started = performance.now();
        const result: unknown = Reflect.apply(value, target, values);
        clock.ms += performance.now() - started;
        return result;
      };
    },
  });
}

function timedRuntime(runtime: TensorRuntime, clock: Clock): TensorRuntime {
  return {
    ...{ name: runtime.name, provider: runtime.provider, dispose: () => runtime.dispose() },
    open: async (model) => {
      const session = await runtime.open(model);
      return {
        ...{ inputs: session.inputs, outputs: session.outputs, dispose: () => session.dispose() },
        run: async (feeds, into) => {
          const started = performance.now();
          const results = await session.run(feeds, into);
          clock.ms += performance.now() - started;
          return results;
        },
      };
    },
  };
}

async function stepTimes(network: keyof typeof steps, threads: number, folder: string): Promise<unknown> {
  const path = new URL(`../models/${network}/config.json`, import.meta.url);
  const config = parseTrainingConfig(await readFile(path, "utf8"), network);
  const { first } = config.training;
  const volumes = await loadTrainingVolumes([first, first + 1, first + 2, first + 3], config.volumes, {
    folder,
  });
  const contents = volumes.map(trainingContent);
  const [rendering, running]: Clock[] = [{ ms: 0 }, { ms: 0 }] as const;
  const projector = timedProjector(await createNodeProjector({ threads: 1 }), rendering!);
  const runtime = timedRuntime(createNodeRuntime({ threads, worker: true }), running!);
  const shared = { seed: 1, training: contents, validation: contents, projector, runtime };
  let trainer: Trainer | undefined;
  try {
    if (config.network === "encoder" && config.trainer.scheme.kind === "step") {
      const { damping } = config.trainer.scheme;
      trainer = await createFeatureStepTrainer({ ...shared, config: config.trainer }, damping);
    } else if (config.network === "rtpi") {
      trainer = await createRtpiTrainer({ ...shared, config: config.trainer });
    } else throw new RangeError(`models/${network}/config.json trains another network`);
    await trainer.step(0, 1e-4);
    [rendering!.ms, running!.ms] = [0, 0];
    const started = performance.now();
    for (let i = 1; i <= steps[network]; i++) await trainer.step(i, 1e-4);
    const perStep = (ms: number): number => Math.round((10 * ms) / steps[network]) / 10;
    const [stepMs, renderingMs] = [perStep(performance.now() - started), perStep(rendering!.ms)];
    // The next step's pairs are rendered while the network runs, so the two add up to more than the step.
    const networkMs = perStep(running!.ms);
    return {
      ...{ network, batch: config.trainer.batch, threads, steps: steps[network] },
      ...{ stepMs, networkMs, renderingMs },
      renderingShareOfStep: Math.round((100 * renderingMs) / stepMs) / 100,
      beyondNetworkShare: Math.round((100 * (stepMs - networkMs)) / stepMs) / 100,
      rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    };
  } finally {
    await trainer?.dispose();
    await runtime.dispose();
    projector.dispose();
  }
}

describe("training", () => {
  keptMeasurement("whole steps of encoder and rtpi, one and two threads", "training", async () => {
    const [loadBefore = 0] = loadavg();
    const folder = await mkdtemp(join(tmpdir(), "sopi-training-bench-"));
    try {
      const rows: unknown[] = [];
      for (const network of ["encoder", "rtpi"] as const) {
        for (const threads of [1, 2]) rows.push(await stepTimes(network, threads, folder));
      }
      return { machine: benchMachine(loadBefore), rows };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
