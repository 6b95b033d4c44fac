import type { Colour, Picture } from "./picture.ts";

/** Width and height of one character cell in font pixels, gap included. */
export const cellWidth = 6;
export const cellHeight = 9;

/**
 * A 5 x 8 pixel font: for each character five columns from left to right as two hexadecimal digits, bit 0
 * on top. Enough for captions in plain English with units.
 */
const glyphs: Record<string, string> = {
  " ": "0000000000",
  "!": "00005f0000",
  "%": "2313086462",
  "(": "001c224100",
  ")": "0041221c00",
  "+": "08083e0808",
  ",": "0000506000",
  "-": "0808080808",
  ".": "0000606000",
  "/": "2010080402",
  "0": "3e5149453e",
  "1": "00427f4000",
  "2": "4261514946",
  "3": "2141454b31",
  "4": "1814127f10",
  "5": "2745454539",
  "6": "3c4a494930",
  "7": "0171090503",
  "8": "3649494936",
  "9": "064949291e",
  ":": "0036360000",
  "<": "0814224100",
  "=": "1414141414",
  ">": "0041221408",
  A: "7e1111117e",
  B: "7f49494936",
  C: "3e41414122",
  D: "7f4141221c",
  E: "7f49494941",
  F: "7f09090901",
  G: "3e4149497a",
  H: "7f0808087f",
  I: "00417f4100",
  J: "2040413f01",
  K: "7f08142241",
  L: "7f40404040",
  M: "7f020c027f",
  N: "7f0408107f",
  O: "3e4141413e",
  P: "7f09090906",
  Q: "3e4151215e",
  R: "7f09192946",
  S: "4649494931",
  T: "01017f0101",
  U: "3f4040403f",
  V: "1f2040201f",
  W: "3f4038403f",
  X: "6314081463",
  Y: "0708700807",
  Z: "6151494543",
  a: "2054545478",
  b: "7f48444438",
  c: "3844444420",
  d: "384444487f",
  e: "3854545418",
  f: "087e090102",
  g: "18a4a4a47c",
  h: "7f08040478",
  i: "00447d4000",
  j: "4080847d00",
  k: "7f10284400",
  l: "00417f4000",
  m: "7c04180478",
  n: "7c08040478",
  o: "3844444438",
  p: "fc24242418",
  q: "18242418fc",
  r: "7c08040408",
  s: "4854545420",
  t: "043f444020",
  u: "3c4040207c",
  v: "1c2040201c",
  w: "3c4030403c",
  x: "4428102844",
  y: "1ca0a0a07c",
  z: "4464544c44",
  "\u00b0": "0006090600",
  "\u00b1": "44445f4444",
};

/** Width in pixels of one line of text at the given scale. */
export function textWidth(text: string, scale: number): number {
  return Math.max(0, text.length * cellWidth - 1) * scale;
}

/** Writes one line of text with its upper left corner at (left, top); unknown characters become a space. */
export function drawText(
  picture: Picture,
  text: string,
  left: number,
  top: number,
  colour: Colour,
  scale: number,
): void {
  const plot = (x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return;
    picture.data.set(colour, 4 * (y * picture.width + x));
  };
  [...text].forEach((character, index) => {
    const columns = glyphs[character] ?? "0000000000";
    for (let c = 0; c < 5; c++) {
      const bits = Number.parseInt(columns.slice(2 * c, 2 * c + 2), 16);
      for (let r = 0; r < 8; r++) {
        if (((bits >> r) & 1) === 0) continue;
        const x = left + (index * cellWidth + c) * scale;
        const y = top + r * scale;
        for (let p = 0; p < scale * scale; p++) plot(x + (p % scale), y + Math.floor(p / scale));
      }
    }
  });
}
