/**
 * Joint histogram with a cubic B-spline Parzen window on the second variable (u in [-1, 1]) and whole bins on
 * the first. Weights added must sum to 1.
 */
export interface JointHistogram {
  clear(): void;
  add(fixedBin: number, u: number, weight: number): void;
  /** Mutual information in nats; also prepares `slope`. */
  information(): number;
  /** d information / du of a unit of weight at (fixedBin, u). */
  slope(fixedBin: number, u: number): number;
}

/** Bins beyond those that a B-spline centred at either end reaches. */
const spare = 1;

export function createJointHistogram(bins: number): JointHistogram {
  const row = bins + spare;
  const joint = new Float64Array(bins * row);
  const fixedShare = new Float64Array(bins);
  const movingShare = new Float64Array(row);
  /** log(joint / moving share), the derivative of the information up to a constant per row. */
  const logRatio = new Float64Array(bins * row);
  const scale = (bins - 3) / 2;
  return {
    clear(): void {
      joint.fill(0);
    },
    add(fixedBin, u, weight): void {
      const t = 1 + scale * (u + 1);
      const k = Math.floor(t);
      const f = t - k;
      const e = 1 - f;
      const at = fixedBin * row + k;
      const sixth = weight / 6;
      joint[at - 1]! += sixth * e * e * e;
      joint[at]! += sixth * (4 - 6 * f * f + 3 * f * f * f);
      joint[at + 1]! += sixth * (4 - 6 * e * e + 3 * e * e * e);
      joint[at + 2]! += sixth * f * f * f;
    },
    information(): number {
      fixedShare.fill(0);
      movingShare.fill(0);
      for (let b = 0, at = 0; b < bins; b++) {
        for (let k = 0; k < row; k++, at++) {
          fixedShare[b]! += joint[at]!;
          movingShare[k]! += joint[at]!;
        }
      }
      let information = 0;
      for (let b = 0, at = 0; b < bins; b++) {
        for (let k = 0; k < row; k++, at++) {
          const p = joint[at]!;
          logRatio[at] = p > 0 ? Math.log(p / movingShare[k]!) : 0;
          if (p > 0) information += p * (logRatio[at]! - Math.log(fixedShare[b]!));
        }
      }
      return information;
    },
    slope(fixedBin, u): number {
      const t = 1 + scale * (u + 1);
      const k = Math.floor(t);
      const f = t - k;
      const e = 1 - f;
      const at = fixedBin * row + k;
      const outer = f * f * logRatio[at + 2]! - e * e * logRatio[at - 1]!;
      const inner = e * (4 - 3 * e) * logRatio[at + 1]! - f * (4 - 3 * f) * logRatio[at]!;
      return 0.5 * scale * (outer + inner);
    },
  };
}
