import * as v from "valibot";
import { parseJson, readShape } from "../io/jsonDocument.ts";
import type { EncoderConfig } from "../networks/encoderConfig.ts";
import { compactInitialiser } from "../networks/initialiser.ts";
import { type DeepRegConfig, compactDeepReg } from "../networks/deepReg.ts";
import { tinyRefinement } from "../networks/refinementInput.ts";
import { paperScales } from "./deepRegGraph.ts";
import { defaultRandomisation } from "./domainRandomisation.ts";
import { aimedPoses, refinementOffsets, refinementTruths } from "./poseSampler.ts";
import type { DeepRegTrainingConfig } from "./trainDeepReg.ts";
import type { RtpiTrainingConfig } from "./trainRtpi.ts";
import type { EncoderTrainingConfig } from "./trainEncoder.ts";
import type { RunSettings } from "./trainingRun.ts";
import type { SeedRange, TrainingVolumeSpec } from "./trainingVolumes.ts";

const count = v.pipe(v.number(), v.integer("a whole number"), v.minValue(1, "at least 1"));
const whole = v.pipe(v.number(), v.integer("a whole number"), v.minValue(0, "at least 0"));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0, "a number above 0"));
const notNegative = v.pipe(v.number(), v.finite(), v.minValue(0, "a number of at least 0"));
const share = v.pipe(v.number(), v.minValue(0, "at least 0"), v.maxValue(1, "at most 1"));
const three = v.tuple([notNegative, notNegative, notNegative]);

const poses = v.strictObject({
  components: v.array(
    v.strictObject({
      share: positive,
      kind: v.picklist(["uniform", "normal"]),
      rotationDeg: three,
      translationMm: three,
    }),
  ),
  limitDeg: three,
  limitMm: three,
});

const randomisation = v.strictObject({
  softTissueShare: share,
  softTissueGain: notNegative,
  gamma: v.pipe(v.number(), v.minValue(1, "at least 1")),
  noise: notNegative,
  blurPx: notNegative,
  collimationShare: share,
  toolShare: share,
});

const update = v.strictObject({ kind: v.picklist(["adam", "sgd"]), weightDecay: notNegative });
const seeds = v.strictObject({ first: whole, count });

const rate = v.variant("kind", [
  v.strictObject({ kind: v.literal("cyclic"), lowest: positive, highest: positive, cycle: count }),
  v.strictObject({ kind: v.literal("cosine"), lowest: positive, highest: positive, warmUp: whole }),
]);

const shared = {
  seed: v.pipe(v.number(), v.integer("a whole number")),
  volumes: v.strictObject({ field: v.picklist(["trunk", "lumbar"]), size: count, spacingMm: positive }),
  training: seeds,
  validation: seeds,
  run: v.strictObject({
    steps: count,
    rate,
    logEvery: count,
    validateEvery: count,
    checkpointEvery: count,
  }),
};

const sharedTrainer = {
  batch: count,
  segmentedShare: share,
  update,
  clipNorm: positive,
  validationBatches: count,
  randomisation: v.optional(randomisation, { ...defaultRandomisation }),
};

const six = v.tuple([positive, positive, positive, positive, positive, positive]);

/** A pose distribution of the library as the configuration files hold it. */
function asJson<T>(value: T): v.InferInput<typeof poses> {
  return JSON.parse(JSON.stringify(value)) as v.InferInput<typeof poses>;
}

const rtpiSchema = v.strictObject({
  ...shared,
  network: v.literal("rtpi"),
  /** Sizes that differ from those of the shipped network. */
  sizes: v.optional(
    v.partial(
      v.strictObject({
        volumeWidths: v.tuple([count, count]),
        imageWidths: v.array(count),
        residualWidths: v.tuple([count, count, count, count]),
        headWidth: count,
        dropoutRate: share,
        range: six,
      }),
    ),
    {},
  ),
  trainer: v.strictObject({
    ...sharedTrainer,
    volumes: count,
    centreJitterMm: notNegative,
    poses: v.optional(poses, asJson(aimedPoses)),
    alpha: notNegative,
    beta: notNegative,
    lambda: notNegative,
    alphaFromStep: whole,
    poseWeights: six,
  }),
});

const encoderSchema = v.strictObject({
  ...shared,
  network: v.literal("encoder"),
  /** Sizes and choices that differ from those of the shipped network: Table 2's ablations among them. */
  sizes: v.optional(
    v.partial(
      v.strictObject({
        masked: v.boolean(),
        distance: v.picklist(["pixel", "element", "squared"]),
        softening: positive,
        imageSize: count,
        stem: v.tuple([count, count]),
        widths: v.tuple([count, count, count]),
        /** Widths of a plain encoder in place of the composite one. */
        plain: v.array(count),
      }),
    ),
    {},
  ),
  trainer: v.strictObject({
    ...sharedTrainer,
    scheme: v.optional(
      v.variant("kind", [
        v.strictObject({ kind: v.literal("direction") }),
        v.strictObject({ kind: v.literal("step"), damping: positive }),
      ]),
      { kind: "direction" },
    ),
    truths: v.optional(poses, asJson(refinementTruths)),
    offsets: v.optional(poses, asJson(refinementOffsets)),
  }),
});

const deepRegSchema = v.strictObject({
  ...shared,
  network: v.literal("deep-reg"),
  /** Sizes that differ from those of the shipped network. */
  sizes: v.optional(
    v.partial(
      v.strictObject({
        volumeSize: count,
        volumeSpacingMm: positive,
        volumeWidths: v.array(count),
        channels: count,
        imageWidths: v.array(count),
        distance: v.picklist(["pixel", "element", "squared"]),
      }),
    ),
    {},
  ),
  trainer: v.strictObject({
    ...sharedTrainer,
    volumes: count,
    truths: v.optional(poses, asJson(refinementTruths)),
    offsets: v.optional(poses, asJson(refinementOffsets)),
    /** Units of theta in which equation (7) compares directions; as printed: radians and mm. */
    scales: v.optional(six, [...paperScales]),
  }),
});

/** A training run, whatever the volumes it trains on. */
export type TrainingPlan = { readonly seed: number; readonly run: RunSettings } & (
  | { readonly network: "rtpi"; readonly trainer: RtpiTrainingConfig }
  | { readonly network: "encoder"; readonly trainer: EncoderTrainingConfig }
  | { readonly network: "deep-reg"; readonly trainer: DeepRegTrainingConfig }
);

/** A training run on phantoms as its configuration file says. */
export type TrainingConfig = TrainingPlan & {
  readonly volumes: TrainingVolumeSpec;
  readonly training: SeedRange;
  readonly validation: SeedRange;
};

/** Reads a configuration file; the error names the first field that does not fit. */
export function parseTrainingConfig(text: string, name: string): TrainingConfig {
  const document = parseJson(text, name);
  const read = readShape(v.variant("network", [rtpiSchema, encoderSchema, deepRegSchema]), document, name);
  if (read.network === "rtpi") {
    const { sizes, trainer, ...rest } = read;
    const config = { ...compactInitialiser, ...given(sizes) };
    return { ...rest, network: "rtpi", trainer: { ...trainer, config } };
  }
  if (read.network === "deep-reg") {
    const { sizes, trainer, ...rest } = read;
    return { ...rest, network: "deep-reg", trainer: { ...trainer, config: deepRegConfig(given(sizes)) } };
  }
  const { sizes, trainer, ...rest } = read;
  const { stem, widths, plain, imageSize, ...choices } = given(sizes);
  const composite = { ...tinyRefinement.encoder, ...given({ stem, widths, imageSize }) };
  const encoder: EncoderConfig = plain
    ? { kind: "plain", imageSize: composite.imageSize, widths: plain }
    : composite;
  const config = { ...tinyRefinement, ...choices, encoder };
  return { ...rest, network: "encoder", trainer: { ...trainer, config } };
}

type DeepRegSizes = Given<v.InferOutput<typeof deepRegSchema>["sizes"]>;

function deepRegConfig({
  volumeSize,
  volumeWidths,
  channels,
  imageWidths,
  ...choices
}: DeepRegSizes): DeepRegConfig {
  const { volume, encoder } = compactDeepReg;
  return {
    ...compactDeepReg,
    ...choices,
    volume: { ...volume, ...given({ volumeSize, widths: volumeWidths, outputs: channels }) },
    encoder: { ...encoder, ...given({ widths: imageWidths }) },
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that are there. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
