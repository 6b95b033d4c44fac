import { type FirstOrderOptions, createFirstOrder } from "./firstOrder.ts";
import type { Optimiser } from "./optimiser.ts";

export interface SgdOptions extends FirstOrderOptions {
  /** Share of the last step that is kept; default 0.9, as in the paper. */
  readonly momentum?: number;
  /** Look ahead along the momentum before taking the gradient (Nesterov); default false. */
  readonly nesterov?: boolean;
}

/** Gradient descent with momentum: v <- momentum v - rate gradient, x <- x + v. */
export function createSgd(options: SgdOptions): Optimiser {
  const { momentum = 0.9, nesterov = false } = options;
  return createFirstOrder("sgd", options, (n) => {
    const velocity = new Float64Array(n);
    return (gradient, rate, _iteration, step) => {
      for (let i = 0; i < n; i++) {
        const pull = rate * gradient[i]!;
        velocity[i] = momentum * velocity[i]! - pull;
        step[i] = nesterov ? momentum * velocity[i]! - pull : velocity[i]!;
      }
    };
  });
}
