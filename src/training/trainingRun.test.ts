import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createParameterStore } from "../tensor/parameterStore.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { createUpdate } from "./parameterUpdates.ts";
import type { Trainer } from "./trainer.ts";
import { trainingCurvePage } from "./trainingCurve.ts";
import { type LogEntry, type RunSettings, type RunSink, runTraining } from "./trainingRun.ts";

const settings: RunSettings = {
  steps: 40,
  rate: { kind: "cosine", lowest: 1e-3, highest: 0.05, warmUp: 4 },
  ...{ logEvery: 5, validateEvery: 10, checkpointEvery: 7 },
};

/** Noisy linear regression: a step depends on parameters, update and step number only. */
function createToyTrainer(kind: "adam" | "sgd"): Trainer {
  const parameters = createParameterStore([{ name: "w", shape: [3] }]);
  const update = createUpdate({ kind, weightDecay: 0.01 }, 3);
  const goal = [1, -2, 0.5];
  const error = (): number => Math.hypot(...goal.map((g, i) => g - parameters.values[i]!));
  return {
    ...{ network: "toy", parameters, update, config: {} },
    step: (number, rate) => {
      const random = createRandom(5).fork(`step ${number}`);
      const gradient = Float32Array.from(goal, (g, i) => parameters.values[i]! - g + 0.1 * random.normal());
      update.step(parameters.values, gradient, rate);
      return Promise.resolve({ loss: error() });
    },
    validate: () => Promise.resolve({ loss: error(), score: error() }),
    dispose: () => Promise.resolve(),
  };
}

interface Memory extends RunSink {
  readonly entries: LogEntry[];
  saved: Uint8Array | undefined;
  best_: Uint8Array | undefined;
}

function createMemory(): Memory {
  const memory: Memory = {
    ...{ entries: [], saved: undefined, best_: undefined },
    log: (entry) => Promise.resolve(void memory.entries.push(entry)),
    checkpoint: (bytes) => Promise.resolve(void (memory.saved = bytes)),
    best: (bytes) => Promise.resolve(void (memory.best_ = bytes)),
  };
  return memory;
}

const options = { settings, seed: 5, config: "{}" };

describe.each(["adam", "sgd"] as const)("a training run with %s", (kind) => {
  it.each([1, 13, 20, 39])("makes the same numbers when it is stopped at step %i and resumed", async (k) => {
    const whole = createToyTrainer(kind);
    const wholeEnd = await runTraining(whole, { ...options, sink: createMemory() });
    const memory = createMemory();
    const first = await runTraining(createToyTrainer(kind), { ...options, sink: memory, stopAtStep: k });
    expect(first).toMatchObject({ step: k, reason: "stopped" });
    const second = createToyTrainer(kind);
    const end = await runTraining(second, { ...options, sink: memory, resumeFrom: memory.saved! });
    expect([...second.parameters.values]).toEqual([...whole.parameters.values]);
    expect(second.update.state.steps).toBe(40);
    expect(end).toMatchObject({
      ...{ step: 40, reason: "finished" },
      ...{ bestScore: wholeEnd.bestScore, bestStep: wholeEnd.bestStep },
    });
  });

  it("gets nearer to its goal", async () => {
    const memory = createMemory();
    await runTraining(createToyTrainer(kind), { ...options, sink: memory });
    const losses = memory.entries.filter((entry) => entry.kind === "train").map((e) => e.measures["loss"]!);
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
    expect(memory.entries.filter((entry) => entry.kind === "validation").map((e) => e.step)).toEqual([
      10, 20, 30, 40,
    ]);
  });
});

describe("a training run", () => {
  it("leaves a checkpoint when it is aborted", async () => {
    const memory = createMemory();
    const controller = new AbortController();
    const trainer = createToyTrainer("adam");
    const sink = { ...memory, progress: (step: number) => void (step === 3 && controller.abort()) };
    const end = await runTraining(trainer, {
      ...options,
      sink: { ...sink, checkpoint: memory.checkpoint },
      signal: controller.signal,
    });
    expect(end).toMatchObject({ step: 3, reason: "aborted" });
    expect(readCheckpoint(memory.saved!, createToyTrainer("adam"), "checkpoint").step).toBe(3);
  });

  it("refuses a checkpoint of another update", async () => {
    const memory = createMemory();
    await runTraining(createToyTrainer("adam"), { ...options, sink: memory, stopAtStep: 2 });
    expect(() => readCheckpoint(memory.saved!, createToyTrainer("sgd"), "checkpoint")).toThrow(/sgd/);
  });

  it("keeps the weights of the best validation", async () => {
    const memory = createMemory();
    const trainer = createToyTrainer("adam");
    const scores = [3, 1, 2, 5];
    let calls = 0;
    const validate = (): ReturnType<Trainer["validate"]> =>
      Promise.resolve({ score: scores[calls++ % scores.length]! });
    const end = await runTraining({ ...trainer, validate }, { ...options, sink: memory });
    expect(end).toMatchObject({ bestScore: 1, bestStep: 20 });
    expect(memory.best_).toBeDefined();
  });

  it("draws its curve into one page without anything from outside", async () => {
    const memory = createMemory();
    await runTraining(createToyTrainer("adam"), { ...options, sink: memory });
    const page = trainingCurvePage("Toy <1>", memory.entries);
    expect(page).toContain("Toy &#60;1&#62;");
    expect(page.match(/<polyline/g)).toHaveLength(2);
    expect(page).not.toMatch(/https?:|src=|<script/);
  });
});
