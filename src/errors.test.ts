import { describe, expect, it } from "vitest";
import { SopiError, badInput, throwIfAborted, usageError } from "./errors.ts";

describe("SopiError", () => {
  it("joins its parts to one sentence in a fixed order", () => {
    const error = badInput({ what: "Header of ct.nii", got: "3", expected: "348", todo: "Export it again" });
    expect(error.message).toBe("Header of ct.nii; got 3; expected 348. Export it again");
    expect(error.parts.got).toBe("3");
    expect(badInput({ what: "Header", expected: "348" }).message).toBe("Header; expected 348");
    expect(badInput({ what: "Header" }).message).toBe("Header");
  });

  it("is an Error with a name, a code and its cause", () => {
    const cause = new Error("inner");
    const error = usageError({ what: "Factor", got: "0", cause });
    expect(error).toBeInstanceOf(SopiError);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.cause]).toEqual(["SopiError", "usage", cause]);
    expect("cause" in badInput({ what: "x" })).toBe(false);
    expect(badInput({ what: "x" }).code).toBe("bad-input");
  });
});

describe("throwIfAborted", () => {
  it("throws only after the signal has fired, with its reason as cause", () => {
    const controller = new AbortController();
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(controller.signal)).not.toThrow();
    controller.abort("stop");
    expect(() => throwIfAborted(controller.signal)).toThrow(SopiError);
    try {
      throwIfAborted(controller.signal);
    } catch (error) {
      expect(error).toMatchObject({ code: "aborted", cause: "stop" });
    }
  });
});
