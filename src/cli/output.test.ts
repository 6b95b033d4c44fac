import { describe, expect, test } from "vitest";
import { SopiError, badInput, usageError } from "../errors.ts";
import { exitCodeOf } from "./exitCodes.ts";
import { integerOption, labelsOption, numberListOption, numberOption } from "./optionParsers.ts";
import { createOutput, wantsColour } from "./output.ts";
import { createProgress, formatDuration } from "./progress.ts";
import type { TextStream } from "./textStream.ts";

/** A stream that remembers. */
function memory(isTTY = false): TextStream & { text: string } {
  const stream = {
    text: "",
    isTTY,
    columns: 60,
    write(text: string): void {
      stream.text += text;
    },
  };
  return stream;
}

describe("output", () => {
  test("results go to stdout alone, everything else to stderr alone", () => {
    const [stdout, stderr] = [memory(), memory()];
    const output = createOutput({ stdout, stderr, environment: {} });
    output.result("42");
    output.note("a note");
    output.warn("a doubt");
    output.error("a failure");
    expect(stdout.text).toBe("42\n");
    expect(stderr.text).toBe("a note\nWarning: a doubt\nError: a failure\n");
  });

  test("colour only on a terminal without NO_COLOR", () => {
    expect(wantsColour(memory(true), {})).toBe(true);
    expect(wantsColour(memory(true), { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour(memory(true), { NO_COLOR: "" })).toBe(true);
    expect(wantsColour(memory(true), { TERM: "dumb" })).toBe(false);
    expect(wantsColour(memory(false), {})).toBe(false);
    const stderr = memory(true);
    createOutput({ stdout: memory(), stderr, environment: { NO_COLOR: "1" } }).error("plain");
    expect(stderr.text).toBe("Error: plain\n");
  });

  test("quiet hides notes and progress, not warnings and errors", () => {
    const stderr = memory(true);
    const output = createOutput({ stdout: memory(), stderr, environment: { NO_COLOR: "1" }, quiet: true });
    output.note("hidden");
    output.progress().update(0.5, "hidden");
    output.warn("shown");
    expect(stderr.text).toBe("Warning: shown\n");
  });
});

describe("progress", () => {
  test("a terminal gets one line that is redrawn, with the time left, and cleared at the end", () => {
    const stream = memory(true);
    let time = 0;
    const progress = createProgress({ stream, live: true, quiet: false, now: () => time });
    time = 1000;
    progress.update(0.25, "search");
    time = 1050;
    progress.update(0.26, "too soon");
    progress.done();
    expect(stream.text).toContain("25 %  search, about 3 s left");
    expect(stream.text).not.toContain("too soon");
    expect(stream.text).not.toContain("\n");
    expect(stream.text.endsWith("\r\u001b[2K")).toBe(true);
  });

  test("the bar never goes back", () => {
    const stream = memory(true);
    let time = 0;
    const progress = createProgress({ stream, live: true, quiet: false, now: () => time });
    progress.update(0.5, "one");
    time = 1000;
    progress.update(0.2, "two");
    expect(stream.text.match(/\d+ %/g)).toEqual(["50 %", "50 %"]);
  });

  test("a live line never exceeds the terminal", () => {
    const stream = memory(true);
    createProgress({ stream, live: true, quiet: false, now: () => 0 }).update(0.5, "x".repeat(500));
    expect(stream.text.replace("\r\u001b[2K", "").length).toBeLessThan(60);
  });

  test("without a terminal plain lines come at most every three seconds and without control codes", () => {
    const stream = memory();
    let time = 0;
    const progress = createProgress({ stream, live: false, quiet: false, now: () => time });
    for (time = 0; time <= 10_000; time += 100) progress.update(time / 10_000, "search");
    progress.done();
    const lines = stream.text.trim().split("\n");
    expect(lines.length).toBe(3);
    expect(lines[0]).toBe("30 %  search, about 7 s left");
    expect(stream.text.includes("\u001b") || stream.text.includes("\r")).toBe(false);
  });

  test("durations", () => {
    expect([0, 999, 61_000, 3_600_000].map(formatDuration)).toEqual([
      "0 s",
      "1 s",
      "1 min 01 s",
      "60 min 00 s",
    ]);
  });
});

test("exit codes follow the kind of error", () => {
  expect(exitCodeOf(usageError({ what: "x" }))).toBe(2);
  expect(exitCodeOf(badInput({ what: "x" }))).toBe(3);
  expect(exitCodeOf(new SopiError("backend-unavailable", { what: "x" }))).toBe(5);
  expect(exitCodeOf(new SopiError("aborted", { what: "x" }))).toBe(130);
  expect(exitCodeOf(new DOMException("stop", "AbortError"))).toBe(130);
  expect(exitCodeOf(new TypeError("x"))).toBe(1);
  expect(exitCodeOf("thrown text")).toBe(1);
});

describe("option parsers", () => {
  test("labels", () => {
    for (const text of ["27-31", "22", "24, 20,22-24", "lumbar", "T12-L5"])
      expect(labelsOption(text)).toBe(text);
    for (const text of ["", "skull", "31-27", "0", "1-", "1.5"])
      expect(() => labelsOption(text)).toThrow(/Labels/);
  });

  test("numbers", () => {
    expect(numberOption({ min: 0 })("1e3")).toBe(1000);
    expect(integerOption({ min: 1, max: 8 })("8")).toBe(8);
    expect(numberListOption(3)("1,-2.5, 3")).toEqual([1, -2.5, 3]);
    for (const text of ["", "x", "-1", "Infinity", "NaN"]) {
      expect(() => numberOption({ min: 0 })(text)).toThrow(/at least 0/);
    }
    for (const text of ["0", "9", "2.5", "1e1", ""])
      expect(() => integerOption({ min: 1, max: 8 })(text)).toThrow();
    for (const text of ["1,2", "1,2,", "1,2,x", "1,2,3,4"])
      expect(() => numberListOption(3)(text)).toThrow(/3 numbers/);
  });
});
