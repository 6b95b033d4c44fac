import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createFourier2 } from "./fourier.ts";

const side = 8;
const random = createRandom(3);
const field = (): Float64Array => Float64Array.from({ length: side * side }, () => random.normal());

describe("two-dimensional Fourier transform", () => {
  it("equals the defining sum (transposed)", () => {
    const [re, im] = [field(), field()];
    const [a, b] = [re.slice(), im.slice()];
    createFourier2(side).forward(a, b);
    for (const [u, v] of [
      [0, 0],
      [1, 3],
      [5, 2],
      [7, 7],
    ] as const) {
      let [x, y] = [0, 0];
      for (let j = 0; j < side; j++) {
        for (let i = 0; i < side; i++) {
          const angle = (-2 * Math.PI * (u * i + v * j)) / side;
          x += re[j * side + i]! * Math.cos(angle) - im[j * side + i]! * Math.sin(angle);
          y += re[j * side + i]! * Math.sin(angle) + im[j * side + i]! * Math.cos(angle);
        }
      }
      expect(a[u * side + v]).toBeCloseTo(x, 10);
      expect(b[u * side + v]).toBeCloseTo(y, 10);
    }
  });

  it("inverts", () => {
    const [re, im] = [field(), field()];
    const [a, b] = [re.slice(), im.slice()];
    const fourier = createFourier2(side);
    fourier.forward(a, b);
    fourier.inverse(a, b);
    a.forEach((value, i) => expect(value).toBeCloseTo(re[i]!, 12));
    b.forEach((value, i) => expect(value).toBeCloseTo(im[i]!, 12));
  });

  it("refuses sides that are no power of two", () => {
    expect(() => createFourier2(12)).toThrow("12 is not a power of two");
  });

  it.each([8, 32, 64])("of side %i is the same near column 0 when only that is wanted", (side) => {
    const random = createRandom(side);
    const noise = (): Float64Array => Float64Array.from({ length: side * side }, () => random.normal());
    const [re, im] = [noise(), noise()];
    const [nearRe, nearIm] = [re.slice(), im.slice()];
    const fourier = createFourier2(side);
    fourier.inverse(re, im);
    fourier.inverse(nearRe, nearIm, 2);
    for (let row = 0; row < side; row++) {
      for (const column of [0, 1, 2, side - 2, side - 1]) {
        expect(nearRe[row * side + column]).toBe(re[row * side + column]);
        expect(nearIm[row * side + column]).toBe(im[row * side + column]);
      }
    }
  });
});
