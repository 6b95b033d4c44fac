import { type FirstOrderOptions, createFirstOrder } from "./firstOrder.ts";
import type { Optimiser } from "./optimiser.ts";

export interface AdamOptions extends FirstOrderOptions {
  /** Decay of the mean gradient; default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean squared gradient; default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean square; default 1e-8. */
  readonly epsilon?: number;
}

/** Adam (Kingma & Ba 2015) with bias correction; the first step has length `rate` in every parameter. */
export function createAdam(options: AdamOptions): Optimiser {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return createFirstOrder("adam", options, (n) => {
    const mean = new Float64Array(n);
    const square = new Float64Array(n);
    return (gradient, rate, iteration, step) => {
      const correct1 = 1 - beta1 ** (iteration + 1);
      const correct2 = 1 - beta2 ** (iteration + 1);
      for (let i = 0; i < n; i++) {
        const g = gradient[i]!;
        mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
        square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
        step[i] = (-rate * (mean[i]! / correct1)) / (Math.sqrt(square[i]! / correct2) + epsilon);
      }
    };
  });
}
