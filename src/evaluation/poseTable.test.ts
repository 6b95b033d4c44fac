import { describe, expect, test } from "vitest";
import { parsePoseTable, poseTableColumns } from "./poseTable.ts";

const head = poseTableColumns.join(",");
const line = "near/0003,other,1,0,0,5,0,0,-1,6,0,1,0,700,12.5,350";

describe("a table of poses", () => {
  test("gives rigid matrices with case, method, time and projections", () => {
    expect(parsePoseTable(`${head}\r\n${line}\r\n\r\n`)).toEqual([
      {
        caseId: "near/0003",
        method: "other",
        cameraFromWorld: [1, 0, 0, 5, 0, 0, -1, 6, 0, 1, 0, 700, 0, 0, 0, 1],
        seconds: 12.5,
        drrs: 350,
      },
    ]);
  });

  test("columns in any order, no time and no projections", () => {
    const columns = poseTableColumns.slice(0, -2).toReversed();
    const cells = line.split(",").slice(0, -2).toReversed();
    const [pose] = parsePoseTable(`\uFEFF${columns.join(",")}\n${cells.join(",")}\n`);
    expect(pose).toMatchObject({ caseId: "near/0003", seconds: undefined, drrs: undefined });
    expect(pose!.cameraFromWorld[11]).toBe(700);
  });

  test.each([
    ["a missing column", `${head.replace("m12,", "")}\n`, /no column "m12"/],
    [
      "a matrix that is no motion",
      `${head}\n${line.replace(",1,0,0,5", ",2,0,0,5")}`,
      /line 2; got a matrix/,
    ],
    ["an empty number", `${head}\n${line.replace(",700,", ",,")}`, /line 2; got a matrix/],
    ["a case without a row", `${head}\n${line.replace("near/0003", "3")}`, /case "3"/],
  ])("%s is one clear error", (_name, text, message) => {
    expect(() => parsePoseTable(text)).toThrow(message);
  });
});
