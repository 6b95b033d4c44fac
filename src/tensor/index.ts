/** Tensor graphs: build, differentiate, run. Knows nothing of medicine. */
export { type Graph, createGraph } from "./graph.ts";
export type { Provider, Tensor } from "./primitive.ts";
export { type Shape, sizeOf } from "./shape.ts";
export { directionalDerivative, gradient, stopGradient } from "./gradient.ts";
export { type Feeds, interpret } from "./interpreter.ts";
export * from "./ops/index.ts";
export { type LowerOptions, type OnnxModel, toOnnx } from "./onnx/lower.ts";
export { type Arrays, type GraphSession, type TensorRuntime, compile } from "./session.ts";
export { type OnnxRuntimeApi, openOnnxSession } from "./onnxRuntime.ts";
