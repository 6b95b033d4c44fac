import { describe, expect, test } from "vitest";
import { paperTable1, paperTable2, paperTable3 } from "./paperTables.ts";
import { fixed, pooledTable } from "./summaryTables.ts";
import { csvTable, latexTable, markdownTable } from "./table.ts";

const table = {
  name: "t",
  title: "Errors_1",
  columns: ["method", "mean | sd"],
  rows: [
    ["a,b", '1.0 \u00b1 0.5 "x"'],
    ["c&d", "50 %"],
  ],
  notes: ["n < 2"],
};

test("Markdown", () => {
  expect(markdownTable(table)).toBe(
    "### Errors_1\n\n| method | mean \\| sd |\n| --- | ---: |\n" +
      '| a,b | 1.0 \u00b1 0.5 "x" |\n| c&d | 50 % |\n\nn < 2\n\n',
  );
});

test("CSV quotes what it must", () => {
  expect(csvTable(table)).toBe('method,mean | sd\r\n"a,b","1.0 \u00b1 0.5 ""x"""\r\nc&d,50 %\r\n');
});

test("LaTeX makes its special characters harmless", () => {
  const text = latexTable(table);
  expect(text).toContain('a,b & 1.0 $\\pm$ 0.5 "x" \\\\');
  expect(text).toContain("c\\&d & 50 \\% \\\\");
  expect(text).toContain("\\caption{Errors\\_1. n $<$ 2}");
});

test("numbers that are none", () => {
  expect([fixed(1.005, 1), fixed(Number.NaN), fixed(Number.POSITIVE_INFINITY)]).toEqual([
    "1.0",
    "-",
    "\u221e",
  ]);
});

describe("the paper's tables", () => {
  test("stand below ours as printed, and say so", () => {
    const rows = pooledTable([], []).rows;
    expect(rows).toHaveLength(paperTable1.length);
    expect(rows.at(-1)).toEqual([
      ...["paper", "simulation", "sopi", "1.89 \u00b1 1.57", "4.53 \u00b1 3.54", "22.4", "-", "-"],
    ]);
  });

  test("are complete", () => {
    expect([paperTable1.length, paperTable2.length, paperTable3.length]).toEqual([6, 5, 7]);
  });
});
