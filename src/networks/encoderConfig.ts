import { type CompositeEncoderConfig, compositeEncoder } from "./compositeEncoder.ts";
import type { Encoder } from "./encoder.ts";
import { type PlainEncoderConfig, plainEncoder } from "./prostEncoder.ts";

/** Every encoder that the fine registration can be built from, by its `kind`. */
export type EncoderConfig = CompositeEncoderConfig | PlainEncoderConfig;

/** The encoder of a configuration. */
export function encoderOf(config: EncoderConfig): Encoder {
  return config.kind === "composite" ? compositeEncoder(config) : plainEncoder(config);
}
