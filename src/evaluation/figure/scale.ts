/** Maps values to positions along one axis of a panel. */
export interface Scale {
  /** Position in pixels; values outside the domain are moved to its ends. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Equal steps for equal differences. */
export function linearScale(
  domain: readonly [number, number],
  range: readonly [number, number],
  ticks: readonly number[],
  unit = "",
): Scale {
  const [low, high] = domain;
  return {
    at: (value) => range[0] + ((clamp(value, low, high) - low) / (high - low)) * (range[1] - range[0]),
    ticks: ticks.map((value) => ({ value, label: `${value}${unit}` })),
  };
}

/** Equal steps for equal ratios; a tick at every power of ten. The domain is widened to whole powers. */
export function logScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const first = Math.floor(Math.log10(domain[0]) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(domain[1]) - 1e-9));
  const place = linearScale([first, last], range, []);
  return {
    at: (value) => place.at(value > 0 ? Math.log10(value) : first),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => {
      const value = 10 ** (first + i);
      return { value, label: value >= 1 ? String(value) : value.toFixed(-(first + i)) };
    }),
  };
}

/** Smallest and largest of the finite values above zero; a fallback when there is none. */
export function positiveExtent(
  values: readonly number[],
  fallback: readonly [number, number],
): [number, number] {
  const good = values.filter((value) => Number.isFinite(value) && value > 0);
  return good.length > 0 ? [Math.min(...good), Math.max(...good)] : [...fallback];
}
