/** Smallest region that counts, as a share of the image, and the largest that can still be a border. */
const [least, most] = [0.005, 0.8];
/** Shorter runs of one value along the border are chance (share of the border's length). */
const leastRun = 0.02;
/** Padding stands apart from what it borders on by at least so many of the values that occur. */
const leastJump = 4;

/**
 * Marks as dead what carries no anatomy because it holds one and the same value and touches the border:
 * padding, shutters, corners of an image intensifier, saturated air. A coarsely quantised image of a thick
 * patient has plateaus as well, but their neighbours hold the next value, while dead regions end in a jump or
 * hold the least or greatest value of all.
 */
export function removeConstantBorder(
  data: Float32Array,
  width: number,
  height: number,
  live: Uint8Array,
): void {
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y++) border.push(y * width, y * width + width - 1);
  const counts = new Map<number, number>();
  for (const p of border) counts.set(data[p]!, (counts.get(data[p]!) ?? 0) + 1);
  let ranks: Ranks | undefined;
  for (const [value, count] of counts) {
    if (count < leastRun * border.length) continue;
    const { region, neighbours } = flood(data, width, height, border, value);
    if (region.length < least * data.length || region.length > most * data.length) continue;
    ranks ??= ranksOf(data);
    if (standsApart(ranks, value, neighbours)) for (const p of region) live[p] = 0;
  }
}

function standsApart({ of, last }: Ranks, value: number, neighbours: readonly number[]): boolean {
  const own = of(value);
  if (own === 0 || own === last || neighbours.length === 0) return true;
  const jumps = neighbours.map((other) => Math.abs(of(other) - own)).sort((a, b) => a - b);
  return jumps[jumps.length >> 1]! >= leastJump;
}

/** A region of one value that reaches the border, and the values of the pixels around it. */
interface Flooded {
  readonly region: readonly number[];
  readonly neighbours: readonly number[];
}

function flood(data: Float32Array, width: number, height: number, seeds: number[], value: number): Flooded {
  const seen = new Uint8Array(data.length);
  const stack: number[] = [];
  const neighbours: number[] = [];
  const push = (p: number): void => {
    if (seen[p]) return;
    if (data[p] !== value) {
      neighbours.push(data[p]!);
      return;
    }
    seen[p] = 1;
    stack.push(p);
  };
  for (const p of seeds) if (data[p] === value) push(p);
  const region: number[] = [];
  for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
    region.push(p);
    const x = p % width;
    if (x > 0) push(p - 1);
    if (x < width - 1) push(p + 1);
    if (p >= width) push(p - width);
    if (p < width * (height - 1)) push(p + width);
  }
  return { region, neighbours };
}

/** The place of a value among all that occur, from 0 to `last`. */
interface Ranks {
  readonly last: number;
  of(value: number): number;
}

function ranksOf(data: Float32Array): Ranks {
  const ranks = new Map([...new Set(data)].sort((a, b) => a - b).map((value, i) => [value, i]));
  return { last: ranks.size - 1, of: (value) => ranks.get(value)! };
}
