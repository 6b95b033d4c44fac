import { usageError } from "../errors.ts";

/**
 * The step rule of a training run over one flat array of parameters, which may hold millions: plain
 * loops over typed arrays, no allocation. (The optimisers of pose search are elsewhere and small.)
 */
export interface ParameterUpdate {
  readonly name: "sgd" | "adam";
  /** Moves `values` against `gradient` with the given learning rate. */
  step(values: Float32Array, gradient: Float32Array, rate: number): void;
  /** What a checkpoint must keep: restoring it continues the run to the bit. */
  readonly state: UpdateState;
}

export interface UpdateState {
  /** Steps made. */
  steps: number;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

/** Options of `createMomentum`. */
export interface MomentumOptions {
  /** Share of the last step that is kept (default 0.9). */
  readonly momentum?: number;
  /** L2 penalty added to the gradient (default 0). */
  readonly weightDecay?: number;
}

/** Stochastic gradient descent with momentum: v <- m v + g, x <- x - rate v. */
export function createMomentum(size: number, options: MomentumOptions = {}): ParameterUpdate {
  const { momentum = 0.9, weightDecay = 0 } = options;
  const velocity = new Float32Array(size);
  const state: UpdateState = { steps: 0, arrays: { velocity } };
  return {
    name: "sgd",
    state,
    step: (values, gradient, rate) => {
      checkSizes(size, values, gradient);
      state.steps++;
      for (let i = 0; i < size; i++) {
        const v = momentum * velocity[i]! + gradient[i]! + weightDecay * values[i]!;
        velocity[i] = v;
        values[i]! -= rate * v;
      }
    },
  };
}

/** Options of `createAdam`. */
export interface AdamOptions {
  /** Decay of the mean of the gradient (default 0.9). */
  readonly beta1?: number;
  /** Decay of the mean of its square (default 0.999). */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Decay of the values themselves, apart from the gradient (AdamW; default 0). */
  readonly weightDecay?: number;
}

/** Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019). */
export function createAdam(size: number, options: AdamOptions = {}): ParameterUpdate {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const mean = new Float32Array(size);
  const square = new Float32Array(size);
  const state: UpdateState = { steps: 0, arrays: { mean, square } };
  return {
    name: "adam",
    state,
    step: (values, gradient, rate) => {
      checkSizes(size, values, gradient);
      state.steps++;
      const scale = rate / (1 - beta1 ** state.steps);
      const correction = 1 / (1 - beta2 ** state.steps);
      const keep = 1 - rate * weightDecay;
      for (let i = 0; i < size; i++) {
        const g = gradient[i]!;
        const m = beta1 * mean[i]! + (1 - beta1) * g;
        const s = beta2 * square[i]! + (1 - beta2) * g * g;
        mean[i] = m;
        square[i] = s;
        values[i] = keep * values[i]! - (scale * m) / (Math.sqrt(correction * s) + epsilon);
      }
    },
  };
}

/** Scales a gradient down to the given Euclidean norm; returns the norm it had (NaN when it is not finite). */
export function clipNorm(gradient: Float32Array, limit: number): number {
  let total = 0;
  for (let i = 0; i < gradient.length; i++) total += gradient[i]! * gradient[i]!;
  const norm = Math.sqrt(total);
  if (norm > limit) {
    const factor = limit / norm;
    for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
  }
  return norm;
}

function checkSizes(size: number, values: Float32Array, gradient: Float32Array): void {
  if (values.length === size && gradient.length === size) return;
  throw usageError({
    what: "Parameter update",
    got: `${values.length} values and ${gradient.length} derivatives`,
    expected: `${size} of both`,
  });
}
