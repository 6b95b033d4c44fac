import { usageError } from "../errors.ts";
import { InvalidArgumentError } from "commander";
import { parseLabels } from "../image/labels.ts";

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

/** Names separated by commas: "opt-gc, rtpi". */
export function namesOption(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

/** Checks a list of labels ("27-31", "lumbar", "T12-L5") and hands it on as it is. */
export function labelsOption(text: string): string {
  try {
    parseLabels(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Labels say nothing without the map they are of. */
export function requireMaskOfLabels(flags: { readonly labels?: string; readonly mask?: string }): void {
  if (flags.labels === undefined || flags.mask !== undefined) return;
  throw usageError({ what: "--labels", got: "no --mask", expected: "the label map with --mask" });
}
