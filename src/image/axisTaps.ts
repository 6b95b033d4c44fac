/**
 * Which inputs one output of a one-dimensional resampling averages, and with which weights. Output i of the
 * row takes inputs first[i] .. first[i] + start[i+1] - start[i] - 1 with weights from start[i] on.
 * Weights sum to 1, to 0 where the output lies outside the input, or in between where `partial` was asked for.
 */
export interface AxisTaps {
  readonly inputLength: number;
  readonly outputLength: number;
  readonly first: Int32Array;
  readonly start: Int32Array;
  readonly weights: Float64Array;
}

/** Output i lies at position offset + step i of the input, whose samples are centred on whole numbers. */
export interface AxisMap {
  readonly inputLength: number;
  readonly outputLength: number;
  readonly offset: number;
  readonly step: number;
}

/** Slack in input samples by which an output may miss the outer face of the first or last input. */
const faceTolerance = 1e-6;

type Footprint = (position: number) => { low: number; high: number; weight: (index: number) => number };

function collect(map: AxisMap, footprint: Footprint, partial: boolean): AxisTaps {
  const { inputLength, outputLength, offset, step } = map;
  const first = new Int32Array(outputLength);
  const start = new Int32Array(outputLength + 1);
  const weights: number[] = [];
  for (let i = 0; i < outputLength; i++) {
    const position = offset + step * i;
    const inside = position >= -0.5 - faceTolerance && position <= inputLength - 0.5 + faceTolerance;
    if (inside || partial) {
      const { low, high, weight } = footprint(position);
      const from = Math.max(0, low);
      const to = Math.min(inputLength - 1, high);
      first[i] = from;
      let sum = 0;
      for (let m = from; m <= to; m++) sum += weight(m);
      const scale = partial ? 1 : sum > 0 ? 1 / sum : 0;
      for (let m = from; m <= to; m++) weights.push(weight(m) * scale);
    }
    start[i + 1] = weights.length;
  }
  return { inputLength, outputLength, first, start, weights: Float64Array.from(weights) };
}

/** Linear interpolation; within half a sample of the border the outermost sample holds. */
export function linearTaps(map: AxisMap): AxisTaps {
  const last = map.inputLength - 1;
  const footprint: Footprint = (position) => {
    const clamped = Math.min(last, Math.max(0, position));
    const low = Math.floor(clamped);
    return { low, high: low + 1, weight: (m) => Math.max(0, 1 - Math.abs(m - clamped)) };
  };
  return collect(map, footprint, false);
}

/** Whether every output covers a whole number of whole inputs. */
function coversWholeInputs({ offset, step }: AxisMap): boolean {
  const firstFace = offset - step / 2 - 0.5;
  const near = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-9;
  return near(step) && near(firstFace);
}

/**
 * Mean over the interval that one output covers (area averaging); finer outputs than inputs are interpolated
 * linearly. Where outputs cover whole inputs it is their plain mean, otherwise the mean of the linear interpolation
 * between them: a ramp keeps its values either way.
 */
export function areaTaps(map: AxisMap): AxisTaps {
  const width = Math.abs(map.step);
  if (width <= 1 + 1e-9) return linearTaps(map);
  if (coversWholeInputs(map)) return blockTaps(map, false);
  const last = map.inputLength - 1;
  const footprint: Footprint = (position) => {
    const low = Math.max(-0.5, position - width / 2);
    const high = Math.min(last + 0.5, position + width / 2);
    const integral = (m: number, x: number): number => hatIntegral(x - m) + heldIntegral(m, x, last);
    return {
      low: Math.floor(low),
      high: Math.ceil(high),
      weight: (m) => Math.max(0, integral(m, high) - integral(m, low)),
    };
  };
  return collect(map, footprint, false);
}

/** Integral of the hat function max(0, 1 - |x|) from its left end to x. */
function hatIntegral(x: number): number {
  if (x <= -1) return 0;
  if (x >= 1) return 1;
  return x < 0 ? (1 + x) ** 2 / 2 : 1 - (1 - x) ** 2 / 2;
}

/** What the outermost inputs gain because they hold up to their outer faces instead of falling off. */
function heldIntegral(m: number, x: number, last: number): number {
  let gain = 0;
  if (m === 0 && x < 0) gain -= -x - (0.5 - hatIntegral(x));
  if (m === last && x > last) gain += x - last - (hatIntegral(x - last) - 0.5);
  return gain;
}

/**
 * Mean of the inputs taken as constant within their cells. With `partial`, what lies outside counts as background
 * instead of being left out of the mean.
 */
export function blockTaps(map: AxisMap, partial: boolean): AxisTaps {
  const width = Math.abs(map.step);
  const footprint: Footprint = (position) => {
    const low = position - width / 2;
    const high = position + width / 2;
    const overlap = (m: number): number => Math.max(0, Math.min(high, m + 0.5) - Math.max(low, m - 0.5));
    return {
      low: Math.floor(low + 0.5 + faceTolerance),
      high: Math.ceil(high - 0.5 - faceTolerance),
      weight: (m) => overlap(m) / width,
    };
  };
  return collect(map, footprint, partial);
}

/**
 * Gaussian of the given standard deviation in input samples, cut at 3.5 of them. Weights are normalised over the
 * samples that exist or, with `partial`, over all that would, so that what lies outside counts as background.
 */
export function gaussianTaps(map: AxisMap, sigma: number, partial = false): AxisTaps {
  const reach = Math.max(0.5, 3.5 * sigma);
  const footprint: Footprint = (position) => {
    const low = Math.ceil(position - reach);
    const high = Math.floor(position + reach);
    const bell = (m: number): number => Math.exp(-0.5 * ((m - position) / sigma) ** 2);
    let total = 0;
    for (let m = low; m <= high; m++) total += bell(m);
    return { low, high, weight: (m) => bell(m) / total };
  };
  return collect(map, footprint, partial);
}

/** Index of the nearest input of every output, -1 outside. */
export function nearestIndices(map: AxisMap): Int32Array {
  const { inputLength, outputLength, offset, step } = map;
  const indices = new Int32Array(outputLength);
  for (let i = 0; i < outputLength; i++) {
    const position = offset + step * i;
    const inside = position >= -0.5 - faceTolerance && position <= inputLength - 0.5 + faceTolerance;
    indices[i] = inside ? Math.min(inputLength - 1, Math.max(0, Math.round(position))) : -1;
  }
  return indices;
}

/** Resamples rows of `length` samples, each `stride` apart, as `inner` interleaved signals; see applyTaps3. */
export interface TapPass {
  readonly input: ArrayLike<number>;
  readonly output: Float32Array;
  /** Samples between neighbours along the axis; the signals of one block lie interleaved. */
  readonly inner: number;
  /** Number of blocks, each input length (or output length) x inner samples. */
  readonly outer: number;
  /** Subtracted from what is read and added to what is written, so that missing weight means background. */
  readonly readBias: number;
  readonly writeBias: number;
}

/** One pass of a separable resampling along one axis. */
export function applyTaps(taps: AxisTaps, pass: TapPass): void {
  const { input, output, inner, outer, readBias, writeBias } = pass;
  const { first, start, weights, inputLength, outputLength } = taps;
  for (let block = 0; block < outer; block++) {
    const inBlock = block * inputLength * inner;
    const outBlock = block * outputLength * inner;
    for (let i = 0; i < outputLength; i++) {
      const from = start[i]!;
      const to = start[i + 1]!;
      const target = outBlock + i * inner;
      for (let x = 0; x < inner; x++) {
        let source = inBlock + first[i]! * inner + x;
        let sum = writeBias;
        for (let w = from; w < to; w++, source += inner) sum += weights[w]! * (input[source]! - readBias);
        output[target + x] = sum;
      }
    }
  }
}
