import { encode } from "fast-png";
import type { Picture } from "./picture.ts";

/** The picture as a PNG file; it carries pixels alone, no text, no date, no name. */
export function encodePicture(picture: Picture): Uint8Array {
  const { width, height, data } = picture;
  const colours = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    colours.set(data.subarray(4 * pixel, 4 * pixel + 3), 3 * pixel);
  }
  return encode({ width, height, data: colours, channels: 3, depth: 8 });
}
