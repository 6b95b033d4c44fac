import { type GramMatrix, createGramMatrix, gramBlockLength } from "./gramMatrix.ts";
import { prefixSum } from "./windowGrid.ts";
import { robustSlope } from "./windowedNccScore.ts";
import { type WindowedNccState, windowSum } from "./windowedNccState.ts";

type AddNormal = (
  moving: Float32Array,
  jacobian: Float32Array,
  scale: number,
  gradient: Float64Array,
  hessian: Float64Array,
) => void;

/** Parameter images read together, so that what belongs to the pixel is loaded once for all of them. */
const together = 3;

/** Scratch that depends on the number of parameters, made at the first call. */
interface Scratch {
  readonly n: number;
  readonly gram: GramMatrix;
  /** Per parameter (padded to a multiple of `together`) a table of w J, then one of w m J. */
  readonly tables: readonly Float64Array[];
  /** Per parameter dScore/dp. */
  readonly slopes: Float64Array;
  readonly rootWeight: Float64Array;
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
  let scratch: Scratch | undefined;
  return (moving, jacobian, scale, gradient, hessian) => {
    const n = gradient.length;
    if (scratch?.n !== n) scratch = createScratch(state, n);
    sumPixels(state, scratch, moving, jacobian, scale, hessian);
    for (let q = 0; q < n; q++) gradient[q]! -= scale * scratch.slopes[q]!;
    subtractProjections(state, scratch, scale, hessian);
  };
}

function createScratch(state: WindowedNccState, n: number): Scratch {
  const padded = Math.ceil(n / together) * together;
  return {
    n,
    gram: createGramMatrix(n),
    tables: Array.from({ length: 2 * padded }, () => new Float64Array(state.grid.tableSize)),
    slopes: new Float64Array(padded),
    rootWeight: Float64Array.from(state.weight, Math.sqrt),
    sumJ: new Float64Array(n),
    crossJ: new Float64Array(n),
  };
}

/** One pass over the Jacobian: the tables, dScore/dp and the Gram matrix of all windows. */
function sumPixels(
  state: WindowedNccState,
  scratch: Scratch,
  moving: Float32Array,
  jacobian: Float32Array,
  scale: number,
  hessian: Float64Array,
): void {
  const { gram, tables, slopes, n } = scratch;
  const { runs, stride } = state.grid;
  for (const table of tables) table.fill(0);
  slopes.fill(0);
  let filled = 0;
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 1]!;
    for (let first = runs[r]!; first < end;) {
      const last = Math.min(end, first + gramBlockLength - filled);
      for (let q = 0; q < n; q += together) {
        gatherRun(state, scratch, moving, jacobian, q, first, last, runs[r + 2]!, filled);
      }
      filled += last - first;
      first = last;
      if (filled < gramBlockLength) continue;
      gram.addBlock(filled, scale, hessian);
      filled = 0;
    }
  }
  gram.addBlock(filled, scale, hessian);
  for (const table of tables) prefixSum(table, stride);
}

/**
 * Sums parameters q, q + 1, q + 2 over the pixels of one run inside a cell and writes them to the Gram block.
 */
function gatherRun(
  state: WindowedNccState,
  scratch: Scratch,
  moving: Float32Array,
  jacobian: Float32Array,
  q: number,
  first: number,
  last: number,
  cell: number,
  filled: number,
): void {
  const { weight, template, back } = state;
  const { gram, tables, slopes, rootWeight, n } = scratch;
  const { block } = gram;
  const pixels = moving.length;
  // Past the last parameter the last image is read again; those sums go to padding.
  const image0 = q * pixels;
  const image1 = Math.min(q + 1, n - 1) * pixels;
  const image2 = Math.min(q + 2, n - 1) * pixels;
  const row0 = q * gramBlockLength + filled - first;
  const row1 = row0 + gramBlockLength;
  const row2 = row1 + gramBlockLength;
  const a = back[0][cell]!;
  const b = back[1][cell]!;
  const c = back[2][cell]!;
  // A sum of positive numbers by differences may end a rounding error below zero.
  const root = Math.sqrt(Math.max(0, back[3][cell]!));
  let [s0, s1, s2] = [0, 0, 0];
  let [m0, m1, m2] = [0, 0, 0];
  let [g0, g1, g2] = [0, 0, 0];
  for (let i = first; i < last; i++) {
    const w = weight[i]!;
    const m = moving[i]!;
    const wm = w * m;
    const g = a * template[i]! + b * wm + c * w;
    const f = root * rootWeight[i]!;
    const j0 = jacobian[image0 + i]!;
    const j1 = jacobian[image1 + i]!;
    const j2 = jacobian[image2 + i]!;
    s0 += w * j0;
    s1 += w * j1;
    s2 += w * j2;
    m0 += wm * j0;
    m1 += wm * j1;
    m2 += wm * j2;
    g0 += g * j0;
    g1 += g * j1;
    g2 += g * j2;
    block[row0 + i] = f * j0;
    block[row1 + i] = f * j1;
    block[row2 + i] = f * j2;
  }
  const at = cell + state.grid.stride + 1;
  tables[2 * q]![at]! += s0;
  tables[2 * q + 1]![at]! += m0;
  tables[2 * q + 2]![at]! += s1;
  tables[2 * q + 3]![at]! += m1;
  tables[2 * q + 4]![at]! += s2;
  tables[2 * q + 5]![at]! += m2;
  slopes[q]! += g0;
  slopes[q + 1]! += g1;
  slopes[q + 2]! += g2;
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
