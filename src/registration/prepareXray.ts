import { badInput } from "../errors.ts";
import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import { type Collimation, findCollimation } from "./collimation.ts";
import { findInstruments } from "./instruments.ts";

/** Whether dense tissue is bright (line integrals, inverted displays) or dark (detected intensity). */
export type Polarity = "bone-bright" | "bone-dark";

/** An X-ray ready for comparison with DRRs: line integrals up to gain and offset, and what may be trusted. */
export interface PreparedXray {
  /** Grows with attenuation; arbitrary gain and offset. width x height. */
  readonly lineIntegral: Float32Array;
  /** 1 = use, 0 = dead border, collimated or not a number. */
  readonly weight: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly polarity: Polarity;
  /** How the pixel meaning was decided. */
  readonly kindSource: "given" | "evidence";
  readonly logTransformed: boolean;
  /** Share of live pixels behind metal instruments, masked as well. */
  readonly instrumentFraction: number;
  readonly collimation: Pick<Collimation, "blades" | "iris" | "deadFraction">;
}

export interface PrepareXrayOptions {
  /** Overrides what the file says. */
  readonly kind?: RadiographKind;
  /** Pixels kept away from dead regions (default 3). */
  readonly marginPx?: number;
}

/**
 * Makes line integrals of an X-ray: dead regions masked, -log of intensity. `unknown` images come back in
 * the reading "bone-dark" (raw detector intensity); `flipPolarity` gives the other reading, and the search decides.
 */
export function prepareXray(radiograph: Radiograph, options: PrepareXrayOptions = {}): PreparedXray {
  const { width, height } = radiograph;
  const kind = options.kind ?? radiograph.kind;
  const { values, finite } = normalised(radiograph);
  const collimation = findCollimation(values, width, height);
  const weight = erodedWeight(collimation.live, finite, width, height, options.marginPx ?? 3);
  if (weight.every((w) => w === 0)) {
    throw badInput({
      what: "X-ray",
      got: "no live pixels inside the dead border",
      expected: "an exposed image",
    });
  }
  const isIntensity = kind !== "line-integral";
  const lineIntegral = isIntensity ? negativeLog(radiograph, finite) : values;
  const instrumentFraction = maskInstruments(lineIntegral, weight, width, height);
  return {
    ...{ lineIntegral, weight, width, height, instrumentFraction },
    polarity: isIntensity ? "bone-dark" : "bone-bright",
    kindSource: kind === "unknown" ? "evidence" : "given",
    logTransformed: isIntensity,
    collimation: {
      blades: collimation.blades,
      ...(collimation.iris && { iris: collimation.iris }),
      deadFraction: collimation.deadFraction,
    },
  };
}

/** The reading of the same X-ray in which dense tissue is bright: pixel values as they are. */
export function flipPolarity(radiograph: Radiograph, prepared: PreparedXray): PreparedXray {
  const { values } = normalised(radiograph);
  return { ...prepared, lineIntegral: values, polarity: "bone-bright", logTransformed: false };
}

/** Takes the weight of instruments' shadows away; returns their share of what was live. */
function maskInstruments(
  lineIntegral: Float32Array,
  weight: Float32Array,
  width: number,
  height: number,
): number {
  const instruments = findInstruments(lineIntegral, weight, width, height);
  let [live, hidden] = [0, 0];
  for (let p = 0; p < weight.length; p++) {
    if (weight[p] === 0) continue;
    live++;
    if (!instruments[p]) continue;
    weight[p] = 0;
    hidden++;
  }
  return hidden / Math.max(1, live);
}

/** Values scaled so that the 0.5 % and 99.5 % quantiles become 0 and 1; non-finite pixels become 0. */
function normalised(radiograph: Radiograph): { values: Float32Array; finite: Uint8Array } {
  const { data } = radiograph;
  const finite = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) finite[i] = Number.isFinite(data[i]) ? 1 : 0;
  const sorted = data.filter((_, i) => finite[i] === 1).sort();
  const low = sorted[Math.floor(0.005 * (sorted.length - 1))] ?? 0;
  const high = sorted[Math.floor(0.995 * (sorted.length - 1))] ?? 0;
  const [least, most] = [sorted[0] ?? 0, sorted[sorted.length - 1] ?? 0];
  if (
    sorted.length < 16 ||
    !(most > least) ||
    !(high - low > 1e-6 * Math.max(Math.abs(low), Math.abs(high)))
  ) {
    throw badInput({
      what: "X-ray",
      got: sorted.length < 16 ? "no finite pixels" : `no contrast (nearly all pixels are ${low})`,
      expected: "an image with contrast",
      todo: "Check that the file is the X-ray and was exported with its full range",
    });
  }
  const scale = 1 / (high - low);
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) values[i] = finite[i] ? (data[i]! - low) * scale : 0;
  return { values, finite };
}

/**
 * -log of intensity relative to the bright end of the range. Stored zero means no radiation unless there are
 * negative values. Below 1/10000 of full scale (noise, metal) the logarithm stays bounded; where air is in the picture
 * a thick patient reaches 1/1000.
 */
function negativeLog(radiograph: Radiograph, finite: Uint8Array): Float32Array {
  const { data } = radiograph;
  const sorted = data.filter((_, i) => finite[i] === 1).sort();
  const zero = Math.min(0, sorted[0]!);
  const full = sorted[Math.floor(0.995 * (sorted.length - 1))]! - zero;
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = finite[i] ? -Math.log(Math.max(1e-4, (data[i]! - zero) / full)) : 0;
  }
  return out;
}

function erodedWeight(
  live: Uint8Array,
  finite: Uint8Array,
  width: number,
  height: number,
  margin: number,
): Float32Array {
  const weight = new Float32Array(live.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) weight[y * width + x] = clear(x, y) ? 1 : 0;
  }
  return weight;
  function clear(x: number, y: number): boolean {
    for (let j = Math.max(0, y - margin); j <= Math.min(height - 1, y + margin); j++) {
      for (let i = Math.max(0, x - margin); i <= Math.min(width - 1, x + margin); i++) {
        if (!live[j * width + i] || !finite[j * width + i]) return false;
      }
    }
    return true;
  }
}
