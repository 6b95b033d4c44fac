import { badInput } from "../errors.ts";

/** Headers in text are never longer than this. */
export const maxHeaderBytes: number = 1 << 20;

/** Latin-1 text of some bytes. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Numbers of a header field; throws when one of them is not a finite number or their count differs. */
export function numbersOf(text: string, count: number, field: string, name: string): number[] {
  const parts = text.split(/[\s,()]+/).filter((part) => part !== "");
  const numbers = parts.map(Number);
  if (numbers.length !== count || !numbers.every(Number.isFinite)) {
    throw badInput({
      what: `Field "${field}" of ${name}`,
      got: JSON.stringify(text.slice(0, 80)),
      expected: `${count} finite ${count === 1 ? "number" : "numbers"}`,
    });
  }
  return numbers;
}

/** Image values written as text, separated by blanks; throws when there are not exactly `count` numbers. */
export function parseTextValues(bytes: Uint8Array, count: number, name: string): Float64Array {
  const values = new Float64Array(count <= bytes.length ? count : 0);
  let found = 0;
  let start = -1;
  for (let at = 0; at <= bytes.length; at++) {
    const byte = at < bytes.length ? bytes[at]! : 32;
    const blank = byte <= 32 || byte === 0x2c;
    if (!blank && start < 0) start = at;
    if (blank && start >= 0) {
      const value = Number(latin1(bytes.subarray(start, Math.min(at, start + 64))));
      if (found < values.length) values[found] = value;
      found++;
      start = -1;
    }
  }
  if (found !== count || values.some(Number.isNaN)) {
    const got = found === count ? "text that is not a number" : `${found} numbers`;
    throw badInput({ what: `Values of ${name}`, got, expected: `${count} numbers in text` });
  }
  return values;
}

/** A companion's name as a header gives it, without "./"; other folders are refused. */
export function companionName(text: string, name: string): string {
  const bare = text.trim().replace(/^\.\//, "");
  if (bare === "" || /[\\/]/.test(bare) || bare === "..") {
    throw badInput({
      what: `Data file named by ${name}`,
      got: JSON.stringify(text),
      expected: "the name of a file in the header's folder",
      todo: "Put the data beside the header",
    });
  }
  return bare;
}
