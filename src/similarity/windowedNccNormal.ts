import { type GramMatrix, createGramMatrix } from "./gramMatrix.ts";
import { prefixSum } from "./windowGrid.ts";
import { type WindowedNccState, windowSum } from "./windowedNccState.ts";
import { robustSlope } from "./windowedNccScore.ts";

type AddNormal = (
  moving: Float32Array,
  jacobian: Float32Array,
  scale: number,
  gradient: Float64Array,
  hessian: Float64Array,
) => void;

/** Scratch that depends on the number of parameters, made at the first call. */
interface Scratch {
  readonly n: number;
  readonly gram: GramMatrix;
  /** Per parameter a table of w J, then one of w m J. */
  readonly tables: readonly Float64Array[];
  readonly sumJ: Float64Array;
  readonly crossJ: Float64Array;
}

/**
 * Gauss-Newton equations of sum_k e_k (1 - ncc_k) = sum_k e_k |f^_k - m^_k|^2 / 2, where f^ and m^ are the
 * window's zero-mean, unit-norm images. With E = |m - mean|^2 (+ floor) the residual's Jacobian is
 * (I - m^ m^T)(J - mean J) / sqrt(E), hence per window
 *   H = [ sum w J J^T - s s^T / N - (2 - |m^|^2) u u^T / E ] / E,   s = sum w J,  u = sum w (m - mean) J.
 * The first term of all windows together is one weighted Gram matrix over the pixels.
 * Call after `scoreWindows(state, moving, true)`.
 */
export function createWindowedNormal(state: WindowedNccState): AddNormal {
  const { runs } = state.grid;
  let pixelCount = 0;
  for (let r = 0; r < runs.length; r += 3) pixelCount += runs[r + 1]! - runs[r]!;
  let scratch: Scratch | undefined;
  let index: Int32Array | undefined;
  let factor: Float64Array | undefined;
  return (moving, jacobian, scale, gradient, hessian) => {
    const n = gradient.length;
    if (scratch?.n !== n) scratch = createScratch(state, n);
    index ??= listPixels(runs, pixelCount);
    factor ??= new Float64Array(pixelCount);
    for (let q = 0; q < n; q++) gradient[q]! -= scale * sumParameter(state, scratch, moving, jacobian, q);
    fillFactors(state, factor);
    scratch.gram.add(jacobian, moving.length, index, factor, scale, hessian);
    subtractProjections(state, scratch, scale, hessian);
  };
}

function createScratch(state: WindowedNccState, n: number): Scratch {
  return {
    n,
    gram: createGramMatrix(n),
    tables: Array.from({ length: 2 * n }, () => new Float64Array(state.grid.tableSize)),
    sumJ: new Float64Array(n),
    crossJ: new Float64Array(n),
  };
}

function listPixels(runs: Int32Array, pixelCount: number): Int32Array {
  const index = new Int32Array(pixelCount);
  let at = 0;
  for (let r = 0; r < runs.length; r += 3) for (let i = runs[r]!; i < runs[r + 1]!; i++) index[at++] = i;
  return index;
}

/** Fills the tables of parameter q; returns dScore/dp_q. */
function sumParameter(
  state: WindowedNccState,
  scratch: Scratch,
  moving: Float32Array,
  jacobian: Float32Array,
  q: number,
): number {
  const { weight, template } = state;
  const { runs, stride } = state.grid;
  const [backA, backB, backC] = state.back;
  const tableJ = scratch.tables[2 * q]!;
  const tableMJ = scratch.tables[2 * q + 1]!;
  tableJ.fill(0);
  tableMJ.fill(0);
  const image = q * moving.length;
  let derivative = 0;
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 1]!;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = runs[r]!; i < end; i++) {
      const j = jacobian[image + i]!;
      const wj = weight[i]! * j;
      s1 += wj;
      s2 += wj * moving[i]!;
      s3 += template[i]! * j;
    }
    const cell = runs[r + 2]!;
    derivative += backA[cell]! * s3 + backB[cell]! * s2 + backC[cell]! * s1;
    tableJ[cell + stride + 1]! += s1;
    tableMJ[cell + stride + 1]! += s2;
  }
  prefixSum(tableJ, stride);
  prefixSum(tableMJ, stride);
  return derivative;
}

function fillFactors(state: WindowedNccState, factor: Float64Array): void {
  const { runs } = state.grid;
  const backD = state.back[3];
  let at = 0;
  for (let r = 0; r < runs.length; r += 3) {
    // Sums of positive numbers by differences may end a rounding error below zero.
    const inCell = Math.max(0, backD[runs[r + 2]!]!);
    for (let i = runs[r]!; i < runs[r + 1]!; i++) factor[at++] = inCell * state.weight[i]!;
  }
}

function subtractProjections(
  state: WindowedNccState,
  scratch: Scratch,
  scale: number,
  hessian: Float64Array,
): void {
  const { active, count, windowWeight, robustScale } = state;
  const { mean, squares, energy, cosine } = state.moments;
  const { corners } = state.grid;
  const { n, tables, sumJ, crossJ } = scratch;
  for (let a = 0; a < active.length; a++) {
    const k = active[a]!;
    if (energy[a] === 0) continue;
    const slope = (scale * windowWeight[a]! * robustSlope(cosine[a]!, robustScale)) / energy[a]!;
    const ofSum = slope / count[a]!;
    const ofCross = (slope * (2 - squares[a]! / energy[a]!)) / energy[a]!;
    for (let q = 0; q < n; q++) {
      sumJ[q] = windowSum(tables[2 * q]!, corners, k);
      crossJ[q] = windowSum(tables[2 * q + 1]!, corners, k) - mean[a]! * sumJ[q]!;
    }
    for (let q = 0; q < n; q++) {
      const sq = ofSum * sumJ[q]!;
      const uq = ofCross * crossJ[q]!;
      for (let r = 0; r <= q; r++) hessian[q * n + r]! -= sq * sumJ[r]! + uq * crossJ[r]!;
    }
  }
  for (let q = 0; q < n; q++) for (let r = 0; r < q; r++) hessian[r * n + q] = hessian[q * n + r]!;
}
