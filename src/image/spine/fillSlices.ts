import type { Volume } from "../volume.ts";

type Size3 = readonly [number, number, number];

/**
 * Marks (1) every zero voxel that is enclosed by the mask within its slice across one of the three voxel
 * axes, such as the spongy inside of a vertebra whose shell is open elsewhere. The mask's own voxels stay 0.
 */
export function enclosedInSlices({ data, size }: Pick<Volume, "data" | "size">): Uint8Array {
  const enclosed = new Uint8Array(data.length);
  const strides: Size3 = [1, size[0], size[0] * size[1]];
  for (const across of [0, 1, 2] as const) {
    const [a, b] = ([0, 1, 2] as const).filter((axis) => axis !== across) as [0 | 1 | 2, 0 | 1 | 2];
    const [width, height] = [size[a], size[b]];
    const slice = new Uint8Array(width * height);
    const queue = new Int32Array(slice.length);
    for (let n = 0; n < size[across]; n++) {
      const start = n * strides[across];
      for (let y = 0, p = 0; y < height; y++) {
        for (let x = 0; x < width; x++, p++) slice[p] = data[start + x * strides[a] + y * strides[b]] ? 1 : 0;
      }
      floodFromEdge(slice, width, height, queue);
      for (let y = 0, p = 0; y < height; y++) {
        for (let x = 0; x < width; x++, p++)
          if (!slice[p]) enclosed[start + x * strides[a] + y * strides[b]] = 1;
      }
    }
  }
  return enclosed;
}

/** Sets to 1 every zero pixel that is connected, by edges, to the border of a slice. */
function floodFromEdge(slice: Uint8Array, width: number, height: number, queue: Int32Array): void {
  let count = 0;
  const visit = (p: number): void => {
    if (slice[p]) return;
    slice[p] = 1;
    queue[count++] = p;
  };
  for (let x = 0; x < width; x++) {
    visit(x);
    visit((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    visit(y * width);
    visit(y * width + width - 1);
  }
  for (let next = 0; next < count; next++) {
    const p = queue[next]!;
    const x = p % width;
    if (x > 0) visit(p - 1);
    if (x < width - 1) visit(p + 1);
    if (p >= width) visit(p - width);
    if (p + width < slice.length) visit(p + width);
  }
}
