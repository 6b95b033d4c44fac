/** A round field: live inside the circle (pixels). */
export interface Iris {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

interface Scored {
  readonly iris: Iris;
  readonly score: number;
}

const samples = 120;
const leastJump = 0.04;
const cosines = Float64Array.from({ length: samples }, (_, i) => Math.cos((2 * Math.PI * i) / samples));
const sines = Float64Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * i) / samples));
/** So many points of the rim must be visible. */
const leastVisible = 0.2 * samples;

/**
 * Finds a round collimator (or image intensifier field) by the jump of brightness across its rim, which has one
 * sign nearly all the way round. `data` is normalised to [0, 1]. The centre lies within 15 % of the image's,
 * the radius between 0.3 and 0.68 of the shorter side.
 */
export function findIris(data: Float32Array, width: number, height: number): Iris | undefined {
  const side = Math.min(width, height);
  const coarse = side / 40;
  let best: Scored | undefined;
  for (let radius = 0.3 * side; radius <= 0.68 * side; radius += coarse) {
    for (let dy = -0.15 * side; dy <= 0.15 * side; dy += 1.5 * coarse) {
      for (let dx = -0.15 * side; dx <= 0.15 * side; dx += 1.5 * coarse) {
        const iris = { x: (width - 1) / 2 + dx, y: (height - 1) / 2 + dy, radius };
        const score = rimScore(data, width, height, iris, 1.5 * coarse, best?.score ?? 0);
        if (score > (best?.score ?? 0)) best = { iris, score };
      }
    }
  }
  if (!best) return undefined;
  for (let reach = coarse; reach > 0.4; reach /= 2) best = polish(data, width, height, best, reach);
  const sharp = rimScore(data, width, height, best.iris, Math.max(1.5, side / 100));
  return sharp > leastJump && shadowStandsApart(data, width, height, best.iris) ? best.iris : undefined;
}

function polish(data: Float32Array, width: number, height: number, from: Scored, reach: number): Scored {
  let best = { iris: from.iris, score: rimScore(data, width, height, from.iris, reach) };
  for (let move = 0; move < 27; move++) {
    const iris = {
      x: from.iris.x + reach * ((move % 3) - 1),
      y: from.iris.y + reach * ((Math.floor(move / 3) % 3) - 1),
      radius: from.iris.radius + reach * (Math.floor(move / 9) - 1),
    };
    const score = rimScore(data, width, height, iris, reach, best.score);
    if (score > best.score) best = { iris, score };
  }
  return best;
}

const jumps = new Float64Array(samples);

/**
 * The jump across the rim that four fifths of its visible points exceed with one sign; 0 when little is visible,
 * minus infinity when the jump is not above `toBeat`.
 */
function rimScore(
  data: Float32Array,
  width: number,
  height: number,
  iris: Iris,
  reach: number,
  toBeat = Number.NEGATIVE_INFINITY,
): number {
  let [count, darker, brighter] = [0, 0, 0];
  for (let i = 0; i < samples; i++) {
    const [c, s] = [cosines[i]!, sines[i]!];
    const inside = pixelAt(iris, iris.radius - reach, c, s, width, height);
    const outside = pixelAt(iris, iris.radius + reach, c, s, width, height);
    if (inside < 0 || outside < 0) continue;
    const jump = data[inside]! - data[outside]!;
    if (jump > toBeat) darker++;
    if (-jump > toBeat) brighter++;
    jumps[count++] = jump;
    // Four fifths are out of reach even if all that is to come were beyond what is to be beaten.
    const out = samples - 1 - i < 4 * count - 5 * Math.max(darker, brighter);
    if (out && count >= leastVisible) return Number.NEGATIVE_INFINITY;
  }
  if (count < leastVisible) return 0;
  const fifth = Math.floor(count / 5);
  if (Math.max(darker, brighter) < count - fifth) return Number.NEGATIVE_INFINITY;
  const sorted = jumps.subarray(0, count).sort();
  return Math.max(sorted[fifth]!, -sorted[count - 1 - fifth]!);
}

function pixelAt(iris: Iris, radius: number, c: number, s: number, width: number, height: number): number {
  const x = Math.round(iris.x + radius * c);
  const y = Math.round(iris.y + radius * s);
  return x < 0 || y < 0 || x >= width || y >= height ? -1 : y * width + x;
}

/** The field on an image, found on one whose pixels are `factor` times as large; see `bladeOnImage`. */
export function irisOnImage({ x, y, radius }: Iris, factor: number): Iris {
  const centre = (i: number): number => factor * i + (factor - 1) / 2;
  return { x: centre(x), y: centre(y), radius: factor * radius };
}

/** Marks as dead what lies outside the rim. */
export function closeIris(iris: Iris, live: Uint8Array, width: number, height: number): void {
  const { x: cx, y: cy, radius } = iris;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (Math.hypot(x - cx, y - cy) > radius) live[y * width + x] = 0;
    }
  }
}

/** Most of the outside is darker (or, inverted, brighter) than nine tenths of the inside. */
function shadowStandsApart(data: Float32Array, width: number, height: number, iris: Iris): boolean {
  const values = new Float32Array(Math.ceil(width / 2) * Math.ceil(height / 2));
  // Those outside from the front, those inside from the back.
  let [front, back] = [0, values.length];
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const d = Math.hypot(x - iris.x, y - iris.y) - iris.radius;
      if (d > 3) values[front++] = data[y * width + x]!;
      else if (d < -3) values[--back] = data[y * width + x]!;
    }
  }
  if (front < 12 || values.length - back < 100) return false;
  const shadow = values.subarray(0, front).sort();
  const field = values.subarray(back).sort();
  const at = (sorted: Float32Array, q: number): number => sorted[Math.floor(q * (sorted.length - 1))]!;
  return at(shadow, 0.7) < at(field, 0.1) || at(shadow, 0.3) > at(field, 0.9);
}
