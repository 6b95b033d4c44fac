/**
 * An 8-bit colour picture for people to look at: RGBA, row-major, first row on top. The layout of a
 * browser's `ImageData`, so a canvas can take `data` as it is. Never an input of a computation.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A real-valued image to be shown: row-major, width x height; a Radiograph is one. */
export interface ScalarImage {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Red, green and blue in 0..255. */
export type Colour = readonly [number, number, number];

/** A picture filled with one colour. */
export function createPicture(width: number, height: number, fill: Colour = [0, 0, 0]): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < data.length; i += 4) {
    data[i] = fill[0];
    data[i + 1] = fill[1];
    data[i + 2] = fill[2];
    data[i + 3] = 255;
  }
  return { width, height, data };
}

/** A picture whose pixel p has the colour `colourOf(p)`; p counts row by row. */
export function paintPicture(width: number, height: number, colourOf: (pixel: number) => Colour): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [red, green, blue] = colourOf(pixel);
    data[4 * pixel] = red;
    data[4 * pixel + 1] = green;
    data[4 * pixel + 2] = blue;
    data[4 * pixel + 3] = 255;
  }
  return { width, height, data };
}

/** Draws `source` onto `target` with its upper left corner at (left, top); what falls outside is cut. */
export function placePicture(target: Picture, source: Picture, left: number, top: number): void {
  for (let y = 0; y < source.height; y++) {
    const row = top + y;
    if (row < 0 || row >= target.height) continue;
    for (let x = 0; x < source.width; x++) {
      const column = left + x;
      if (column < 0 || column >= target.width) continue;
      const from = 4 * (y * source.width + x);
      target.data.set(source.data.subarray(from, from + 4), 4 * (row * target.width + column));
    }
  }
}

/** The picture with `factor` x `factor` pixels made into one, their mean; what is left over at the ends is cut. */
export function shrinkPicture(picture: Picture, factor: number): Picture {
  if (factor <= 1) return picture;
  const width = Math.floor(picture.width / factor);
  const height = Math.floor(picture.height / factor);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < data.length; i++) {
    const [channel, x, y] = [i % 4, Math.floor(i / 4) % width, Math.floor(i / (4 * width))];
    let sum = 0;
    for (let b = 0; b < factor; b++) {
      const row = 4 * ((y * factor + b) * picture.width + x * factor) + channel;
      for (let a = 0; a < factor; a++) sum += picture.data[row + 4 * a]!;
    }
    data[i] = sum / (factor * factor);
  }
  return { width, height, data };
}
