/** Tensor graphs: build, differentiate, run, train. Knows nothing of medicine. */

// Building
export { type Graph, createGraph, reachableFrom } from "./graph.ts";
export type { Provider, Tensor } from "./primitive.ts";
export { type Shape, sizeOf } from "./shape.ts";
export * from "./ops/index.ts";

// Differentiating
export { directionalDerivative, gradient, stopGradient } from "./gradient.ts";

// Running
export { type Feeds, interpret } from "./interpreter.ts";
export { type LowerOptions, type OnnxModel, toOnnx } from "./onnx/lower.ts";
export { type Arrays, type GraphSession, type TensorRuntime, compile } from "./session.ts";
export { type OnnxRuntimeApi, openOnnxSession } from "./onnxRuntime.ts";

// Networks and their weights
export { type ParameterSpec, type Scope, createScope } from "./scope.ts";
export {
  channelNormLayer,
  convLayer,
  type ConvLayerOptions,
  dropout,
  groupNormLayer,
  instanceNormLayer,
  linearLayer,
  type LinearLayerOptions,
} from "./layers.ts";
export {
  constantInitialiser,
  drawDropoutMask,
  type Initialiser,
  kaimingNormal,
  ones,
  xavierUniform,
  zeros,
} from "./initialiser.ts";
export {
  countParameters,
  createParameterStore,
  initialiseParameters,
  loadParameters,
  type ParameterShape,
  type ParameterStore,
  type ShapedArrays,
} from "./parameterStore.ts";
export { readSafetensors, type Safetensors, writeSafetensors } from "./safetensors.ts";
export {
  type AdamOptions,
  clipNorm,
  createAdam,
  createMomentum,
  type MomentumOptions,
  type ParameterUpdate,
} from "./parameterUpdate.ts";
