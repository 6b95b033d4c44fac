import type { EmitOptions, OnnxAttribute } from "../primitive.ts";
import type { Shape } from "../shape.ts";
import {
  type Message,
  bytesField,
  encode,
  floatField,
  integerField,
  messageField,
  textField,
} from "./protobuf.ts";

/* The parts of an ONNX file (onnx.proto3): field numbers and type codes come from there. */

const irVersion = 8;
const opset = 17;
const elementTypes = { float32: 1, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, text: 3, ints: 7 } as const;

/** One ONNX node with a single output. */
export interface OnnxNode extends EmitOptions {
  readonly opType: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
}

/** A constant array inside the file. */
export interface OnnxInitialiser {
  readonly name: string;
  readonly type: keyof typeof elementTypes;
  readonly shape: Shape;
  /** Little-endian elements. */
  readonly bytes: Uint8Array;
}

/** A float32 input or output of the model. */
export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

export interface OnnxParts {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: readonly OnnxInitialiser[];
  readonly inputs: readonly NamedShape[];
  readonly outputs: readonly NamedShape[];
}

/** Encodes a model (opset 17 plus ONNX Runtime's com.microsoft). */
export function encodeModel(parts: OnnxParts): Uint8Array {
  const domains = new Set(parts.nodes.map((node) => node.domain ?? ""));
  const opsets = ["", ...[...domains].filter((domain) => domain !== "")];
  return encode([
    integerField(1, irVersion),
    textField(2, "sopi"),
    messageField(7, [
      ...parts.nodes.map((node) => messageField(1, encodeNode(node))),
      textField(2, parts.name),
      ...parts.initialisers.map((initialiser) => messageField(5, encodeInitialiser(initialiser))),
      ...parts.inputs.map((input) => messageField(11, encodeValue(input))),
      ...parts.outputs.map((output) => messageField(12, encodeValue(output))),
    ]),
    ...opsets.map((domain) =>
      messageField(8, [textField(1, domain), integerField(2, domain === "" ? opset : 1)]),
    ),
  ]);
}

function encodeNode({ opType, name, inputs, output, attributes = {}, domain }: OnnxNode): Message[] {
  return [
    ...inputs.map((input) => textField(1, input)),
    textField(2, output),
    textField(3, name),
    textField(4, opType),
    ...Object.entries(attributes).map(([key, value]) => messageField(5, encodeAttribute(key, value))),
    ...(domain ? [textField(7, domain)] : []),
  ];
}

function encodeAttribute(name: string, attribute: OnnxAttribute): Message[] {
  const head = textField(1, name);
  if ("float" in attribute) {
    return [head, floatField(2, attribute.float), integerField(20, attributeTypes.float)];
  }
  if ("int" in attribute) return [head, integerField(3, attribute.int), integerField(20, attributeTypes.int)];
  if ("text" in attribute) return [head, textField(4, attribute.text), integerField(20, attributeTypes.text)];
  return [
    head,
    ...attribute.ints.map((value) => integerField(8, value)),
    integerField(20, attributeTypes.ints),
  ];
}

function encodeInitialiser({ name, type, shape, bytes }: OnnxInitialiser): Message[] {
  return [
    ...shape.map((extent) => integerField(1, extent)),
    integerField(2, elementTypes[type]),
    textField(8, name),
    bytesField(9, bytes),
  ];
}

function encodeValue({ name, shape }: NamedShape): Message[] {
  const dimensions = shape.map((extent) => messageField(1, [integerField(1, extent)]));
  const tensorType = [integerField(1, elementTypes.float32), messageField(2, dimensions)];
  return [textField(1, name), messageField(2, [messageField(1, tensorType)])];
}
