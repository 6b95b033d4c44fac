/** Marks what lies within `reach` pixels of a marked pixel along both axes (a square window, clipped at the border). */
export function dilateSquare(mask: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  const rows = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) spread(mask, rows, { first: y * width, step: 1, count: width }, reach);
  const out = new Uint8Array(mask.length);
  for (let x = 0; x < width; x++) spread(rows, out, { first: x, step: width, count: height }, reach);
  return out;
}

interface Line {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Along one line: how far back the last mark was, in one direction and in the other. */
function spread(mask: Uint8Array, out: Uint8Array, { first, step, count }: Line, reach: number): void {
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0, p = first; i < count; i++, p += step) {
    if (mask[p]) last = i;
    if (i - last <= reach) out[p] = 1;
  }
  last = Number.POSITIVE_INFINITY;
  for (let i = count - 1, p = first + i * step; i >= 0; i--, p -= step) {
    if (mask[p]) last = i;
    if (last - i <= reach) out[p] = 1;
  }
}
