import { describe, expect, test } from "vitest";
import { cameraFromPose } from "../../geometry/carm.ts";
import { poseFromDegMm, zeroPose } from "../../geometry/pose.ts";
import { presetGeometry } from "../../geometry/presets.ts";
import type { RegistrationResult } from "../../registration/result.ts";
import { registrationPictures } from "../pictures/registrationPictures.ts";
import { poseErrors } from "../poseErrors.ts";
import { base64, escapeHtml } from "./html.ts";
import { registrationReport } from "./registrationReport.ts";
import type { ReportInput } from "./reportInput.ts";
import { traceChart } from "./traceChart.ts";

const { camera } = presetGeometry("perlove-plx118f");
const frame = { view: "AP", centreMm: [10, 20, 30], sourceToIsocentreMm: 700 } as const;
const pose = poseFromDegMm({ rxDeg: 1.25, ryDeg: -2, rzDeg: 3, txMm: 10, tyMm: -4, tzMm: 5 });
const found = cameraFromPose(pose, frame);
const start = cameraFromPose(zeroPose, frame);

const result: RegistrationResult = {
  method: "opt-gc",
  status: "low-confidence",
  cameraFromWorld: found,
  pose,
  camera,
  frame,
  initial: { cameraFromWorld: start, source: "centre" },
  similarity: { name: "gc", initial: 0.125, final: 0.875 },
  timings: { initialiseMs: 400, refineMs: 600, totalMs: 1000 },
  iterations: 7,
  evaluations: 321,
  seed: 42,
  backend: "reference",
  xray: {
    polarity: "bone-dark",
    kindSource: "evidence",
    logTransformed: true,
    collimation: { blades: [], deadFraction: 0.25 },
    instrumentFraction: 0.125,
  },
  evidence: { content: "all", medium: 0.75, margin: 0.5 },
  warnings: ["first <doubt>"],
  trace: [],
};

const image = {
  data: Float32Array.from({ length: 256 }, (_, i) => (i * 37) % 23),
  width: 16,
  height: 16,
};
const input: ReportInput = {
  result,
  pictures: registrationPictures({ xray: image, before: image, after: image }),
  version: "9.9.9",
  notice: "For research use only.",
  warnings: ["second doubt"],
};

describe("registration report", () => {
  const page = registrationReport(input);

  test("loads nothing from anywhere and runs no script", () => {
    expect(page).not.toMatch(/<script|https?:|\bon\w+="|@import|url\(/i);
    const sources = [...page.matchAll(/\bsrc="([^"]{0,30})/g)].map((match) => match[1]!);
    expect(sources.length).toBe(9);
    expect(sources.every((source) => source.startsWith("data:image/png;base64,"))).toBe(true);
    expect(page).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
  });

  test("shows status, numbers, warnings and what it is for", () => {
    for (const text of [
      "Low confidence",
      "0.125",
      "0.875",
      "+1.250",
      "second doubt",
      "9.9.9",
      "opt-gc",
      "25.0 %",
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain("first &lt;doubt&gt;");
    expect(page.split("For research use only.").length).toBeGreaterThan(2);
  });

  test("says nothing about the truth unless it is known", () => {
    expect(page).not.toMatch(/true error/i);
    const targets = [frame.centreMm];
    const errorsOf = (estimate: typeof found): ReturnType<typeof poseErrors> =>
      poseErrors({ estimate, truth: found }, targets, camera, frame);
    const truth = { cameraFromWorld: found, before: errorsOf(start), after: errorsOf(found) };
    const known = registrationReport({ ...input, truth });
    expect(known).toMatch(/True error/);
    expect(known).toContain(truth.before.mtreMm.toFixed(2));
  });

  test("is well formed: every opened element is closed in order", () => {
    const open: string[] = [];
    const single = new Set(["meta", "img", "input", "line", "circle", "polyline", "!doctype"]);
    for (const match of page
      .replace(/<style>[\s\S]*?<\/style>/, "")
      .matchAll(/<(\/?)([!a-z][a-z0-9]*)[^>]*>/g)) {
      if (single.has(match[2]!)) continue;
      if (match[1] === "") open.push(match[2]!);
      else expect(match[2]).toBe(open.pop());
    }
    expect(open).toEqual([]);
  });
});

describe("trace chart", () => {
  const point = (stage: string, evaluations: number, similarity: number, iteration = evaluations) => ({
    ...{ stage, iteration, evaluations, similarity },
  });

  test("draws one line per candidate inside its frame", () => {
    const chart = traceChart([
      ...[point("a", 1, 0.1), point("a", 5, 0.4)],
      ...[point("a", 6, 0.1, 0), point("a", 7, 0.2, 1), point("a", 8, 0.3, 2)],
      ...[point("b", 9, 0.2), point("b", 20, 0.9)],
    ]);
    const lines = [...chart.matchAll(/points="([^"]+)"/g)].map((match) => match[1]!.split(" "));
    expect(lines.map((line) => line.length)).toEqual([2, 3, 2]);
    for (const [x = Number.NaN, y = Number.NaN] of lines.flat().map((at) => at.split(",").map(Number))) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(640);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(150);
    }
  });

  test("keeps the names of stages inside its frame and apart", () => {
    const chart = traceChart([
      ...[point("coarse", 1, 0.1), point("coarse", 820, 0.4)],
      ...[point("medium", 821, 0.5), point("fine", 960, 0.8), point("finest", 961, 0.9)],
    ]);
    const names = [...chart.matchAll(/<text x="([^"]+)"[^>]*>([^<]+)</g)].map((match) => ({
      from: Number(match[1]),
      name: match[2]!,
    }));
    expect(names.map(({ name }) => name)).toEqual(["coarse", "medium", "fine"]);
    names.forEach(({ from, name }, i) => {
      const end = from + 7 * name.length;
      expect(from).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(names[i + 1]?.from ?? 640);
    });
  });

  test("draws nothing of nothing, and survives constant and non-finite values", () => {
    expect(traceChart([])).toBe("");
    expect(traceChart([point("a", 1, Number.NaN), point("a", 2, 0.5)])).toBe("");
    expect(traceChart([point("a", 1, 0.5), point("a", 1, 0.5)])).not.toContain("NaN");
  });
});

test("escaping and base64", () => {
  expect(escapeHtml(`<a href="x">'&'</a>`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256);
  expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
});
