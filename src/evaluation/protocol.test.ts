import { describe, expect, test } from "vitest";
import { tinyProtocol } from "./evaluation.testkit.ts";
import { methodLabel, parseProtocol, protocolFromJson, rowPhysics, selectFromProtocol } from "./protocol.ts";
import { shippedProtocol, shippedProtocols } from "./protocols/index.ts";

describe("shipped protocols", () => {
  test.each(shippedProtocols.map(({ name }) => name))("%s is valid and survives JSON", (name) => {
    const protocol = shippedProtocol(name)!;
    expect(parseProtocol(JSON.stringify(protocol))).toEqual(protocol);
  });

  test("an unknown name is none", () => {
    expect(shippedProtocol("no-such-protocol")).toBeUndefined();
  });
});

describe("errors name the field", () => {
  const broken =
    (change: object): (() => unknown) =>
    () =>
      protocolFromJson({ ...tinyProtocol, ...change });
  const row = tinyProtocol.rows[0]!;
  test.each([
    ["an unknown schema", { schema: "other/2" }, /"schema"/],
    ["no rows", { rows: [] }, /at least one row/],
    ["a row twice", { rows: [row, row] }, /"near" twice/],
    ["half a case", { cases: 1.5 }, /"cases".*whole number/],
    ["an unknown method", { methods: [{ name: "magic" }] }, /"magic"/],
    ["labels that are none", { targetLevel: "??" }, /"targetLevel"/],
    ["bad physics", { rows: [{ ...row, physics: { base: "ideal", stepRatio: -1 } }] }, /stepRatio/],
    [
      "falling bin edges",
      { rows: [{ ...row, offset: { ...row.truth, distribution: "mtre-bins", edgesMm: [10, 0] } }] },
      /rising/,
    ],
    ["quick rows that are none", { quickRows: ["far"] }, /quickRows.*"far"/],
    [
      "weights of a network that a method has not",
      { methods: [{ name: "opt-gc", networks: { rtpi: "a" } }] },
      /"rtpi".*none/,
    ],
    ["no detector", { geometry: {} }, /geometry/],
  ])("%s", (_name, change, message) => {
    expect(broken(change)).toThrow(message);
  });
});

test("physics of a row: a preset with groups completed", () => {
  const physics = rowPhysics({ physics: { base: "default", scatter: { toPrimary: 2 }, supersample: 1 } });
  const plain = rowPhysics({});
  expect(physics.scatter).toEqual({ ...plain.scatter, toPrimary: 2 });
  expect(physics.supersample).toBe(1);
  expect(physics.detector).toEqual(plain.detector);
});

describe("selection", () => {
  test("keeps the protocol's order and changes the number of cases", () => {
    const chosen = selectFromProtocol(tinyProtocol, { methods: ["opt-gc-narrow"], cases: 9 });
    expect(chosen.methods.map(methodLabel)).toEqual(["opt-gc-narrow"]);
    expect(chosen.cases).toBe(9);
    expect(chosen.rows).toEqual(tinyProtocol.rows);
  });

  test.each(shippedProtocols.map(({ name }) => name))(
    "one row and one method of %s is a protocol too",
    (name) => {
      const protocol = shippedProtocol(name)!;
      const rows = [protocol.rows.at(-1)!.name];
      const methods = [methodLabel(protocol.methods.at(-1)!)];
      const chosen = selectFromProtocol(protocol, { rows, methods, cases: 1 });
      expect(parseProtocol(JSON.stringify(chosen))).toEqual(chosen);
    },
  );

  test("an unknown name is an error with the known ones", () => {
    expect(() => selectFromProtocol(tinyProtocol, { rows: ["far"] })).toThrow(/"far".*near/);
  });
});
