import { describe, expect, it } from "vitest";
import { identity4 } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import { gradientCorrelation } from "../similarity/gradientCorrelation.ts";
import { createJointAgreement } from "./jointAgreement.ts";
import type { Levels } from "./levels.ts";
import type { Content } from "./preparedCt.ts";

/** Levels on which every pose has these values. */
const levels = (values: Record<Content, number>): Levels =>
  ({
    get: (_name: string, _similarity: unknown, content: Content) => ({ value: () => values[content] }),
  }) as unknown as Levels;

const whole = { ct: { rigid: {} as Volume } };

describe("createJointAgreement", () => {
  const values = { rigid: 0.2, all: 0.6 };

  it("is the mean of bone and whole volume", () => {
    const agreement = createJointAgreement(levels(values), whole, "medium", gradientCorrelation);
    expect(agreement(identity4)).toEqual({ bone: 0.2, whole: 0.6, joint: 0.4 });
  });

  it("is that of bone where there is nothing else", () => {
    const agreement = createJointAgreement(levels(values), { ct: {} }, "medium", gradientCorrelation);
    expect(agreement(identity4)).toEqual({ bone: 0.2, joint: 0.2 });
  });

  it("a pose that the whole volume explains beats a chance match of bone", () => {
    const of = (rigid: number, all: number) =>
      createJointAgreement(levels({ rigid, all }), whole, "medium", gradientCorrelation)(identity4);
    expect(of(0.17, 0.67).joint).toBeGreaterThan(of(0.39, 0.17).joint);
  });
});
