import type { Solid } from "./solid.ts";

/** Longer than any vertebra is high, so that the cut passes right through; mm. */
const halfLengthMm = 45;

/**
 * The spinal canal in the frame of a vertebra: round in front, narrowing to a gable between the
 * laminae; `front` is the back of the vertebral body (local y), all in mm.
 */
export function vertebralCanal(front: number, width: number, depth: number): Solid {
  const middle = front + depth / 2;
  const half = depth / 2;
  return {
    box: {
      min: [-width / 2, front, -halfLengthMm],
      max: [width / 2, front + depth, halfLengthMm],
    },
    distance(x, y, z) {
      const t = Math.min(1, Math.max(0, (y - front) / depth));
      const qx = x / ((width / 2) * (1 - 0.42 * t * t));
      const qy = (y - middle) / half;
      const n = Math.sqrt(qx * qx + qy * qy);
      const r = Math.sqrt(x * x + (y - middle) * (y - middle));
      const around = n < 1e-6 ? -half : ((n - 1) * Math.max(r, 0.5 * half)) / Math.max(n, 0.2);
      return Math.max(around, Math.abs(z) - halfLengthMm);
    },
  };
}
