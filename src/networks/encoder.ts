import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";

/**
 * An encoder of X-ray images: [batch, channels, size, size] -> embedded features, each
 * [batch, c, h, w]. Pure: all it keeps is in the scope.
 */
export type Encoder = (scope: Scope, image: Tensor) => Tensor[];
