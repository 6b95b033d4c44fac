import { InvalidArgumentError } from "commander";

/** Limits of a number on the command line, both included. */
export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
}

function checked(value: number, text: string, kind: string, limits: NumberLimits): number {
  const { min = -Infinity, max = Infinity } = limits;
  if (text.trim() !== "" && Number.isFinite(value) && value >= min && value <= max) return value;
  const range = [
    min === -Infinity ? "" : ` of at least ${min}`,
    max === Infinity ? "" : ` ${min === -Infinity ? "of" : "and"} at most ${max}`,
  ].join("");
  throw new InvalidArgumentError(`Expected ${kind}${range}.`);
}

/** Parses a real number. */
export function numberOption(limits: NumberLimits = {}): (text: string) => number {
  return (text) => checked(Number(text), text, "a number", limits);
}

/** Parses a whole number. */
export function integerOption(limits: NumberLimits = {}): (text: string) => number {
  return (text) =>
    checked(/^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN, text, "a whole number", limits);
}

/** Parses `count` numbers separated by commas. */
export function numberListOption(count: number): (text: string) => number[] {
  return (text) => {
    const parts = text.split(",");
    const numbers = parts.map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
    throw new InvalidArgumentError(`Expected ${count} numbers separated by commas.`);
  };
}

/** Parses label values: "27-31", "22", "20,22-24"; sorted, each once. */
export function labelsOption(text: string): number[] {
  const labels = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || first < 1 || last < first) {
      throw new InvalidArgumentError('Expected label values such as "27-31" or "20,22-24".');
    }
    for (let label = first; label <= last; label++) labels.add(label);
  }
  return [...labels].toSorted((a, b) => a - b);
}
