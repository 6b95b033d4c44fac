import { describe, expect, test } from "vitest";
import { errorsOf, recordOf } from "../evaluation.testkit.ts";
import type { RegistrationRecord } from "../record.ts";
import { axisFigure, distributionFigure } from "./boxFigures.ts";
import { captureFigure, errorFigure, timeFigure } from "./figures.ts";
import { plot } from "./panels.ts";
import { linearScale, logScale, positiveExtent } from "./scale.ts";

const inRow = (row: string, method: string, record: RegistrationRecord): RegistrationRecord => ({
  ...record,
  ...{ row, method },
});
const records = [
  inRow("near", "a", recordOf(0, errorsOf(0.5))),
  inRow("near", "a", recordOf(1, errorsOf(5), 2000)),
  inRow("near", "b", recordOf(0, undefined)),
  inRow("near", "b", recordOf(1, errorsOf(50))),
  inRow("<far>", "a", recordOf(0, errorsOf(0))),
];
const data = { records, rows: ["near", "<far>"], methods: ["a", "b"] };

describe("scales", () => {
  test("linear: ends and middle; values outside stay at the ends", () => {
    const scale = linearScale([0, 80], [10, 90], [0, 40], " mm");
    expect([0, 40, 80, -5, 100].map(scale.at)).toEqual([10, 50, 90, 10, 90]);
    expect(scale.ticks.map(({ label }) => label)).toEqual(["0 mm", "40 mm"]);
  });

  test("logarithmic: whole powers of ten around the data", () => {
    const scale = logScale([0.3, 20], [0, 300]);
    expect(scale.ticks.map(({ label }) => label)).toEqual(["0.1", "1", "10", "100"]);
    expect([0.1, 1, 10, 100].map((value) => Math.round(scale.at(value)))).toEqual([0, 100, 200, 300]);
    expect(scale.at(0)).toBe(0);
  });

  test("an extent takes finite values above zero only", () => {
    expect(positiveExtent([0, -1, 3, Number.POSITIVE_INFINITY, 2], [1, 9])).toEqual([2, 3]);
    expect(positiveExtent([0], [1, 9])).toEqual([1, 9]);
  });
});

const figures = [
  ...[errorFigure(data), axisFigure(data), distributionFigure(data)],
  ...[captureFigure(data, [0, 10, 20, 30]), timeFigure(data)],
];

describe.each(figures.map((figure) => [figure.name, figure] as const))("%s", (_name, { svg }) => {
  test("is closed XML without a bad number, names of rows escaped", () => {
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain("&lt;far&gt;");
    const opened = [...svg.matchAll(/<(\w+)(?:\s[^<>]*[^/<>])?>/g)].map((match) => match[1]);
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map((match) => match[1]);
    expect(opened.toSorted()).toEqual(closed.toSorted());
  });

  test("loads nothing and runs nothing", () => {
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|<script|url\(/);
  });
});

test("the curve of errors ends at the share of cases with a result", () => {
  const [, far] = [...errorFigure(data).svg.matchAll(/<polyline class="line c1 s1" points="([^"]*)"/g)][0]!;
  const last = far!.split(" ").at(-1)!;
  expect(Number(last.split(",")[1])).toBe((plot.top + plot.bottom) / 2);
});

test("no records make empty figures, not errors", () => {
  const none = { records: [], rows: ["near"], methods: ["a"] };
  for (const figure of [
    errorFigure(none),
    axisFigure(none),
    distributionFigure(none),
    captureFigure(none, [0, 10]),
    timeFigure(none),
  ]) {
    expect(figure.svg).not.toMatch(/NaN|Infinity/);
  }
});
