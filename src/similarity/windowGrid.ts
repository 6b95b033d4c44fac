import { usageError } from "../errors.ts";

/**
 * Square windows of side 2 radius + 1 pixels, one every `stridePx` pixels; the last lies flush with the edge.
 * The side is rounded to a whole number of strides where they overlap, so that windows share edges and their
 * sums cost little.
 */
export interface WindowOptions {
  /** Half side in pixels, >= 1; windows larger than the image are cut to it. */
  readonly radiusPx: number;
  /** Distance of neighbouring windows in pixels, >= 1. */
  readonly stridePx: number;
}

/**
 * How windows tile an image. The edges of all windows cut the image into cells, so that every sum over a
 * window is a sum of whole cells: four look-ups in a summed-area table of (columns + 1) x (rows + 1) cells.
 */
export interface WindowGrid {
  readonly columns: number;
  readonly rows: number;
  readonly windowCount: number;
  /** Table indices of each window's corners: top left, top right, bottom left, bottom right. */
  readonly corners: Int32Array;
  /** Runs of consecutive counting pixels inside one cell: first pixel, end pixel, cell index. */
  readonly runs: Int32Array;
  /** Row length of the table: columns + 1. The sum up to and including cell c lies at c + stride + 1. */
  readonly stride: number;
  readonly tableSize: number;
}

interface Axis {
  readonly starts: number[];
  readonly ends: number[];
  readonly edges: number[];
  readonly cellOf: Int32Array;
}

/** Side of the windows in pixels, before it is cut to the image. */
function windowSide({ radiusPx, stridePx }: WindowOptions): number {
  const side = 2 * radiusPx + 1;
  return side < stridePx ? side : stridePx * Math.round(side / stridePx);
}

function layAxis(length: number, windows: WindowOptions | undefined): Axis {
  const stride = windows ? windows.stridePx : length;
  const side = windows ? Math.min(length, windowSide(windows)) : length;
  const starts: number[] = [];
  for (let at = 0; at + side <= length; at += stride) starts.push(at);
  if (starts.at(-1)! + side < length) starts.push(length - side);
  const edgesPx = [...new Set(starts.flatMap((s) => [s, s + side]))].sort((a, b) => a - b);
  const cellOf = new Int32Array(length);
  for (let p = 0, cell = 0; p < length; p++) {
    if (cell + 1 < edgesPx.length && p >= edgesPx[cell + 1]!) cell++;
    cellOf[p] = cell;
  }
  return {
    starts: starts.map((s) => edgesPx.indexOf(s)),
    ends: starts.map((s) => edgesPx.indexOf(s + side)),
    edges: edgesPx,
    cellOf,
  };
}

function findRuns(weight: Float32Array, width: number, height: number, x: Axis, y: Axis): Int32Array {
  const stride = x.edges.length;
  const runs: number[] = [];
  for (let row = 0; row < height; row++) {
    const base = row * width;
    let column = 0;
    while (column < width) {
      if (weight[base + column] === 0) {
        column++;
        continue;
      }
      const first = column;
      const cell = x.cellOf[column]!;
      while (column < width && x.cellOf[column] === cell && weight[base + column]! > 0) column++;
      runs.push(base + first, base + column, y.cellOf[row]! * stride + cell);
    }
  }
  return Int32Array.from(runs);
}

/** Lays windows over an image; without `windows` a single one covers the whole image. */
export function createWindowGrid(
  weight: Float32Array,
  width: number,
  height: number,
  windows?: WindowOptions,
): WindowGrid {
  for (const [what, value] of Object.entries(windows ?? {})) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw usageError({ what: `Window option ${what}`, got: String(value), expected: "an integer >= 1" });
    }
  }
  const x = layAxis(width, windows);
  const y = layAxis(height, windows);
  const stride = x.edges.length;
  const corners = new Int32Array(4 * x.starts.length * y.starts.length);
  let at = 0;
  for (let j = 0; j < y.starts.length; j++) {
    for (let i = 0; i < x.starts.length; i++) {
      for (const row of [y.starts[j]!, y.ends[j]!]) {
        corners[at++] = row * stride + x.starts[i]!;
        corners[at++] = row * stride + x.ends[i]!;
      }
    }
  }
  return {
    columns: x.edges.length - 1,
    rows: y.edges.length - 1,
    windowCount: x.starts.length * y.starts.length,
    corners,
    runs: findRuns(weight, width, height, x, y),
    stride,
    tableSize: stride * y.edges.length,
  };
}

/**
 * Two-dimensional inclusive running sum in place. Cell sums stored at (cell + stride + 1) become a
 * summed-area table; differences stored at window corners become, at (cell), the sum over the windows that
 * cover it.
 */
export function prefixSum(table: Float64Array, stride: number): void {
  for (let start = 0; start < table.length; start += stride) {
    let running = 0;
    const end = start + stride;
    if (start === 0) {
      for (let j = start; j < end; j++) table[j] = running += table[j]!;
    } else {
      for (let j = start; j < end; j++) {
        running += table[j]!;
        table[j] = running + table[j - stride]!;
      }
    }
  }
}
