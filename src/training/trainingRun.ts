import { createPacer } from "../pause.ts";
import { writeWeights } from "../networks/weights.ts";
import { type RunState, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { type RateSchedule, learningRate } from "./learningRate.ts";
import type { Measures, Trainer } from "./trainer.ts";

/** How long a run is and what it reports, whatever it trains. */
export interface RunSettings {
  /** Length of the whole run; the learning rate follows from it. */
  readonly steps: number;
  readonly rate: RateSchedule;
  /** Steps between log lines (each holds the means since the last), validations and checkpoints. */
  readonly logEvery: number;
  readonly validateEvery: number;
  readonly checkpointEvery: number;
}

/** One line of the log. */
export interface LogEntry {
  readonly kind: "train" | "validation";
  readonly step: number;
  readonly measures: Measures;
  readonly rate: number;
  /** Time trained, over all resumptions. */
  readonly trainedMs: number;
  /** Memory of the process where the log was written. */
  readonly memoryMiB?: number;
}

/** Where a run puts what it makes; each call is finished before the next step. */
export interface RunSink {
  log(entry: LogEntry): Promise<void>;
  /** Replaces the checkpoint in one piece. */
  checkpoint(bytes: Uint8Array, step: number): Promise<void>;
  /** Replaces the best weights in one piece. */
  best(bytes: Uint8Array, entry: LogEntry): Promise<void>;
  /** After every step. */
  progress?(step: number, measures: Measures): void;
}

export interface RunOptions {
  readonly settings: RunSettings;
  readonly seed: number;
  /** The whole configuration as text, kept in the checkpoint. */
  readonly config: string;
  readonly sink: RunSink;
  /** A checkpoint to go on from. */
  readonly resumeFrom?: Uint8Array;
  /** Stop before this step although the run is longer. */
  readonly stopAtStep?: number;
  /** Stop after this time; the checkpoint is written first. */
  readonly stopAfterMs?: number;
  readonly signal?: AbortSignal;
  /** Validate also before the first step and where the run stops, as short runs need it. Default false. */
  readonly validateEnds?: boolean;
}

/** Where a run ended. */
export interface RunEnd extends RunState {
  readonly reason: "finished" | "stopped" | "aborted";
}

/**
 * Trains until the end, a limit or a signal, and leaves a checkpoint in every case. A run that is
 * stopped at any step and resumed makes the same numbers as one that is not.
 */
export async function runTraining(trainer: Trainer, options: RunOptions): Promise<RunEnd> {
  const { settings, sink, seed, config, signal } = options;
  const rateAt = learningRate(settings.rate, settings.steps);
  const fresh: RunState = { step: 0, seed, config, bestScore: Infinity, bestStep: 0, trainedMs: 0 };
  let state = options.resumeFrom ? readCheckpoint(options.resumeFrom, trainer, "Checkpoint") : fresh;
  const start = performance.now();
  const before = state.trainedMs;
  const elapsed = (): number => performance.now() - start;
  const last = Math.min(settings.steps, options.stopAtStep ?? Infinity);
  const pace = createPacer();
  let sums = new Map<string, number>();
  let summed = 0;
  let validated = options.resumeFrom ? state.step : -1;
  const save = (): Promise<void> => sink.checkpoint(writeCheckpoint(trainer, state), state.step);

  async function validate(): Promise<void> {
    validated = state.step;
    const measures = await trainer.validate();
    const entry = entryOf("validation", measures);
    await sink.log(entry);
    if (!(measures.score < state.bestScore)) return;
    state = { ...state, bestScore: measures.score, bestStep: state.step };
    await sink.best(weightsOf(trainer, state), entry);
  }

  const entryOf = (kind: LogEntry["kind"], measures: Measures): LogEntry => ({
    ...{ kind, measures, step: state.step, rate: rateAt(Math.max(0, state.step - 1)) },
    trainedMs: state.trainedMs,
  });

  const isTimeUp = (): boolean => elapsed() > (options.stopAfterMs ?? Infinity);
  const goesOn = (): boolean => state.step < last && signal?.aborted !== true && !isTimeUp();
  const validateEnds = options.validateEnds ?? false;
  if (validateEnds && state.step === 0) await validate();
  while (goesOn()) {
    const measures = await trainer.step(state.step, rateAt(state.step));
    state = { ...state, step: state.step + 1, trainedMs: before + elapsed() };
    for (const [name, value] of Object.entries(measures)) sums.set(name, (sums.get(name) ?? 0) + value);
    summed++;
    sink.progress?.(state.step, measures);
    if (state.step % settings.logEvery === 0) {
      const means = Object.fromEntries([...sums].map(([name, sum]) => [name, sum / summed]));
      await sink.log(entryOf("train", means));
      sums = new Map();
      summed = 0;
    }
    if (state.step % settings.validateEvery === 0 || state.step === settings.steps) await validate();
    if (state.step % settings.checkpointEvery === 0) await save();
    await pace();
  }
  if (validateEnds && validated < state.step && signal?.aborted !== true) await validate();
  await save();
  const reason = state.step >= settings.steps ? "finished" : signal?.aborted ? "aborted" : "stopped";
  return { ...state, reason };
}

/** The network's weights as they are now, with what they are. */
export function weightsOf(trainer: Trainer, state: RunState, precision: "F32" | "F16" = "F32"): Uint8Array {
  const notes = { step: String(state.step), seed: String(state.seed), licence: "MIT" };
  return writeWeights(
    trainer.parameters,
    { network: trainer.network, config: trainer.config, notes },
    precision,
  );
}
