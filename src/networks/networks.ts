import { SopiError, badInput } from "../errors.ts";
import { createGraph } from "../tensor/graph.ts";
import { type GraphSession, type TensorRuntime, compile } from "../tensor/session.ts";
import { createScope } from "../tensor/scope.ts";
import { encoderOf } from "./encoderConfig.ts";
import { type DeepRegNetwork, openDeepReg } from "./deepRegNetwork.ts";
import { initialiserNodes } from "./initialiser.ts";
import { type InitialiserConfig, initialiserChannels } from "./initialiserInput.ts";
import type { RefinementConfig } from "./refinementInput.ts";
import { type WeightFile, readWeights, requireNetwork } from "./weights.ts";

/** The networks that registration uses: the pose initialiser, the two encoders, and ProST's similarity. */
export type NetworkName = "rtpi" | "encoder" | "deep-reg";

/** Where weights come from and what runs them; made in `platform/`. */
export interface NetworkSource {
  /** Called once, when a network is first asked for. */
  openRuntime(): TensorRuntime;
  /** The bytes of a weight file; undefined where there is none. */
  weights(name: NetworkName): Promise<Uint8Array | undefined>;
}

/** The pose initialiser, ready to answer. */
export interface InitialiserNetwork {
  readonly config: InitialiserConfig;
  /**
   * `image` [1, channels, s, s], `volume` [1, 1, d, h, w] and `hints` [1, hintCount] (needed when the
   * configuration has a hint width) -> six numbers, radians and mm.
   */
  pose(image: Float32Array, volume: Float32Array, hints: Float32Array): Promise<Float32Array>;
}

/** Feature maps of some images, one array a level: [n, c, h, w] each. */
export interface FeatureMaps {
  readonly shapes: readonly (readonly [number, number, number])[];
  readonly values: readonly Float32Array[];
}

/** The two encoders, ready to embed images. */
export interface EncoderNetwork {
  readonly config: RefinementConfig;
  /** Images of one call of `moving`. */
  readonly batch: number;
  fixed(image: Float32Array): Promise<FeatureMaps>;
  moving(images: Float32Array): Promise<FeatureMaps>;
}

/** The networks of a program, opened at first use and kept. */
export interface Networks {
  initialiser(): Promise<InitialiserNetwork>;
  encoder(): Promise<EncoderNetwork>;
  deepReg(): Promise<DeepRegNetwork>;
  dispose(): Promise<void>;
}

/** A pose and one step in each of its six parameters. */
const movingBatch = 7;

/** Networks that read their weights and compile when they are first asked for. */
export function createNetworks(source: NetworkSource): Networks {
  const sessions: GraphSession[] = [];
  const open = async (...args: Parameters<typeof compile>): Promise<GraphSession> => {
    const session = await compile(...args);
    sessions.push(session);
    return session;
  };
  const runtime = once(() => Promise.resolve(source.openRuntime()));
  const initialiser = once(async () =>
    openInitialiser(await weightsOf(source, "rtpi"), await runtime(), open),
  );
  const encoder = once(async () => openEncoder(await weightsOf(source, "encoder"), await runtime(), open));
  const deepReg = once(async () => openDeepReg(await weightsOf(source, "deep-reg"), await runtime(), open));
  return {
    initialiser,
    encoder,
    deepReg,
    dispose: async () => {
      const opened = sessions.splice(0);
      for (const session of opened) await session.dispose();
      if (opened.length > 0) await (await runtime()).dispose();
    },
  };
}

/** The first call's promise for every later one, unless it failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

async function weightsOf(source: NetworkSource, name: NetworkName): Promise<WeightFile> {
  const bytes = await source.weights(name);
  if (bytes) return readWeights(bytes, `Weights of ${name}`);
  throw new SopiError("backend-unavailable", {
    what: `Weights of the network "${name}"`,
    got: "no file",
    expected: `models/${name}/weights.safetensors`,
    todo: `Train them with "sopi train ${name}", or choose a method without networks (opt-gc)`,
  });
}

type Open = (...args: Parameters<typeof compile>) => Promise<GraphSession>;

async function openInitialiser(
  file: WeightFile,
  runtime: TensorRuntime,
  open: Open,
): Promise<InitialiserNetwork> {
  requireNetwork(file, "rtpi");
  const config = file.info.config as InitialiserConfig;
  const { scope, pose } = initialiserNodes(createGraph(), config, { batch: 1, volumes: 1 });
  const { arrays } = file.parameters(scope.parameters);
  const session = await open({ pose }, runtime, { weights: arrays, name: "rtpi" });
  return {
    config,
    pose: async (image, volume, hints) => {
      requireLength("image", image, initialiserChannels * config.imageSize ** 2);
      return (await session.run({ image, volume, hints }))["pose"]!;
    },
  };
}

async function openEncoder(file: WeightFile, runtime: TensorRuntime, open: Open): Promise<EncoderNetwork> {
  requireNetwork(file, "encoder");
  const config = file.info.config as RefinementConfig;
  const { imageSize: s } = config.encoder;
  const graph = createGraph();
  const scope = createScope(graph);
  const encode = encoderOf(config.encoder);
  const embed = (
    branch: "fixed" | "moving",
    n: number,
  ): Record<string, ReturnType<typeof encode>[number]> => {
    const image = graph.input(branch, [n, 1, s, s]);
    const features = scope.layer(branch, (inner) => encode(inner, image));
    return Object.fromEntries(features.map((feature, i) => [`${branch}Feature${i}`, feature]));
  };
  const [fixed, moving] = [embed("fixed", 1), embed("moving", movingBatch)];
  const { arrays } = file.parameters(scope.parameters);
  const branch = async (
    name: "fixed" | "moving",
    outputs: typeof fixed,
  ): Promise<EncoderNetwork["fixed"]> => {
    const session = await open(outputs, runtime, { weights: arrays, name });
    const shapes = Object.values(outputs).map(({ shape }) => [shape[1]!, shape[2]!, shape[3]!] as const);
    return async (image) => {
      const results = await session.run({ [name]: image });
      return { shapes, values: Object.keys(outputs).map((key) => results[key]!) };
    };
  };
  return {
    ...{ config, batch: movingBatch },
    fixed: await branch("fixed", fixed),
    moving: await branch("moving", moving),
  };
}

function requireLength(what: string, values: Float32Array, length: number): void {
  if (values.length === length) return;
  throw badInput({ what: `Network input ${what}`, got: `${values.length} values`, expected: `${length}` });
}
