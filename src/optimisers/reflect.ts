/**
 * Boundary handling by reflection: folds a coordinate back into [lower, upper] as often as needed. Inside the
 * bounds it is the identity, and it is continuous everywhere, so a distribution may lie across a bound.
 */
export function reflect(value: number, lower: number, upper: number): number {
  if (value >= lower && value <= upper) return value;
  if (lower === upper) return lower;
  if (lower === -Infinity) return 2 * upper - value;
  if (upper === Infinity) return 2 * lower - value;
  const span = upper - lower;
  const phase = (((value - lower) % (2 * span)) + 2 * span) % (2 * span);
  return lower + (phase <= span ? phase : 2 * span - phase);
}
