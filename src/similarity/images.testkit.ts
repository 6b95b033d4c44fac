import { type Random, createRandom } from "../random.ts";
import type { Similarity } from "./similarity.ts";

/** A smooth random image (Gaussian blobs) with a little noise, like a small DRR. */
export function randomImage(seed: number, width: number, height: number, noise = 0.02): Float32Array {
  const random = createRandom(seed);
  const blobs = Array.from({ length: 8 }, () => ({
    x: random.uniform(0, width),
    y: random.uniform(0, height),
    r: random.uniform(0.08, 0.25) * width,
    a: random.uniform(0.3, 1.5),
  }));
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    let value = noise * random.normal();
    for (const b of blobs) value += b.a * Math.exp(-((x - b.x) ** 2 + (y - b.y) ** 2) / (2 * b.r * b.r));
    return value;
  });
}

/**
 * Weights in [0.2, 1] with a zero disc and a zero border on two sides: what collimation and a tool look like.
 */
export function randomWeight(seed: number, width: number, height: number): Float32Array {
  const random = createRandom(seed);
  const [cx, cy, r] = [0.6 * width, 0.4 * height, 0.14 * width];
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const outside = x < 2 || y >= height - 1 || (x - cx) ** 2 + (y - cy) ** 2 < r * r;
    return outside ? 0 : random.uniform(0.2, 1);
  });
}

export const binaryWeight = (weight: Float32Array): Float32Array => weight.map((w) => (w > 0 ? 1 : 0));

/** image + step x direction, in float32 as the metrics see it, and the step that really happened. */
function moved(image: Float32Array, direction: Float32Array, step: number): Float32Array {
  return image.map((m, i) => m + step * direction[i]!);
}

export function randomDirection(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => random.normal());
}

/** Relative disagreement of the analytic directional derivative and a central difference. */
export function directionalError(
  metric: Similarity,
  moving: Float32Array,
  seed: number,
  step = 5e-4,
): number {
  const gradient = new Float32Array(moving.length);
  metric.valueAndGradient(moving, gradient);
  const direction = randomDirection(createRandom(seed), moving.length);
  const plus = moved(moving, direction, step);
  const minus = moved(moving, direction, -step);
  const numeric = metric.value(plus) - metric.value(minus);
  let analytic = 0;
  let size = 0;
  for (let i = 0; i < moving.length; i++) {
    // float32 rounds the moved pixels; use the difference that was really taken.
    const delta = plus[i]! - minus[i]!;
    analytic += gradient[i]! * delta;
    size += (gradient[i]! * delta) ** 2;
  }
  return Math.abs(numeric - analytic) / Math.sqrt(size);
}

/**
 * Largest disagreement of single-pixel derivatives with central differences, relative to the largest
 * derivative.
 */
export function pixelError(metric: Similarity, moving: Float32Array, step = 5e-3): number {
  const gradient = new Float32Array(moving.length);
  metric.valueAndGradient(moving, gradient);
  const probe = moving.slice();
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < moving.length; i++) {
    probe[i] = moving[i]! + step;
    const high = probe[i]!;
    const above = metric.value(probe);
    probe[i] = moving[i]! - step;
    const low = probe[i]!;
    const below = metric.value(probe);
    probe[i] = moving[i]!;
    worst = Math.max(worst, Math.abs((above - below) / (high - low) - gradient[i]!));
    largest = Math.max(largest, Math.abs(gradient[i]!));
  }
  return worst / largest;
}

/** n parameter images: smooth and of different sizes, as a pose Jacobian is. */
export function randomJacobian(seed: number, n: number, width: number, height: number): Float32Array {
  const out = new Float32Array(n * width * height);
  for (let q = 0; q < n; q++) {
    const image = randomImage(seed + q, width, height, 0.05);
    out.set(
      image.map((v) => (v - 0.5) * (q % 2 === 0 ? 1 : 0.3)),
      q * width * height,
    );
  }
  return out;
}
