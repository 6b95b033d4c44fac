/** The strategy parameters of CMA-ES for one dimension and population size. */
export interface CmaesStrategy {
  readonly lambda: number;
  /** Recombination weights of all lambda ranks: the first mu sum to 1, the rest are <= 0. */
  readonly weights: Float64Array;
  readonly mu: number;
  readonly muEff: number;
  /** Learning rates and damping, named as in the tutorial: c_c, c_sigma, c_1, c_mu, d_sigma. */
  readonly cc: number;
  readonly cs: number;
  readonly c1: number;
  readonly cmu: number;
  readonly damps: number;
  /** Expected length of a standard normal vector. */
  readonly chiN: number;
}

/** lambda = 4 + floor(3 ln n). */
export function defaultPopulation(n: number): number {
  return 4 + Math.floor(3 * Math.log(n));
}

/** Default parameters of Hansen, "The CMA Evolution Strategy: A Tutorial" (arXiv:1604.00772), table 1. */
export function cmaesStrategy(n: number, lambda: number, active: boolean): CmaesStrategy {
  const raw = Float64Array.from({ length: lambda }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1));
  const mu = Math.floor(lambda / 2);
  const effective = (part: Float64Array): number =>
    part.reduce((s, w) => s + w, 0) ** 2 / part.reduce((s, w) => s + w * w, 0);
  const muEff = effective(raw.slice(0, mu));
  const muEffMinus = effective(raw.slice(mu));
  const cc = (4 + muEff / n) / (n + 4 + (2 * muEff) / n);
  const cs = (muEff + 2) / (n + muEff + 5);
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  const cmu = Math.min(1 - c1, (2 * (0.25 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff));
  const damps = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cs;
  const positive = raw.slice(0, mu).reduce((s, w) => s + w, 0);
  const negative = raw.reduce((s, w) => s - Math.min(0, w), 0);
  const negativeSum = Math.min(1 + c1 / cmu, 1 + (2 * muEffMinus) / (muEff + 2), (1 - c1 - cmu) / (n * cmu));
  const weights = raw.map((w, i) => {
    if (i < mu) return w / positive;
    return active && w < 0 ? (w * negativeSum) / negative : 0;
  });
  const chiN = Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  return { lambda, weights, mu, muEff, cc, cs, c1, cmu, damps, chiN };
}
