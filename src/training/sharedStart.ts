import type { ParameterStore } from "../tensor/parameterStore.ts";

/**
 * Lets both encoders of a pair ("fixed.*" and "moving.*") start with the same weights: then equal images have equal
 * features from the first step on, and training need not find that out. From there they go their own ways. A moving
 * encoder of several channels begins with their mean.
 */
export function shareStart({ shapes, arrays }: Pick<ParameterStore, "shapes" | "arrays">): void {
  for (const { name, shape } of shapes) {
    const twin = name.startsWith("moving.") && arrays[`fixed.${name.slice("moving.".length)}`];
    if (!twin) continue;
    const target = arrays[name]!;
    const channels = target.length / twin.length;
    // [filters, 1, ...kernel] as [filters, channels, ...kernel]; everything else has one channel for one.
    const kernel = shape.slice(2).reduce((product, extent) => product * extent, 1);
    for (let p = 0; p < target.length; p++) {
      const at = channels === 1 ? p : Math.floor(p / (kernel * channels)) * kernel + (p % kernel);
      target[p] = twin[at]! / channels;
    }
  }
}
