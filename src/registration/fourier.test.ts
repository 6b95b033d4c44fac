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
});
