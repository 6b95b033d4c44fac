import { badInput } from "../errors.ts";
import { dilateSquare } from "../image/filters/dilate.ts";
import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import { type Collimation, collimationFactor, findCollimation } from "./collimation.ts";
import { findInstruments } from "./instruments.ts";
import { type PixelRange, pixelRange } from "./pixelRange.ts";

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
  /** Pixels kept away from dead regions (default 3, of an image binned to 256 to 511 pixels where it has more). */
  readonly marginPx?: number;
}

/**
 * Makes line integrals of an X-ray: dead regions masked, -log of intensity. `unknown` images come back in
 * the reading "bone-dark" (raw detector intensity); `flipPolarity` gives the other reading, and the search decides.
 */
export function prepareXray(radiograph: Radiograph, options: PrepareXrayOptions = {}): PreparedXray {
  const { width, height } = radiograph;
  const kind = options.kind ?? radiograph.kind;
  const range = pixelRange(radiograph);
  const values = normalised(radiograph, range);
  const collimation = findCollimation(values, width, height);
  const margin = options.marginPx ?? 3 * collimationFactor(width, height);
  const weight = liveWeight(radiograph, collimation.live, margin);
  if (weight.every((w) => w === 0)) {
    throw badInput({
      what: "X-ray",
      got: "no live pixels inside the dead border",
      expected: "an exposed image",
    });
  }
  const isIntensity = kind !== "line-integral";
  const lineIntegral = isIntensity ? negativeLog(radiograph, range) : values;
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
  const lineIntegral = normalised(radiograph, pixelRange(radiograph));
  return { ...prepared, lineIntegral, polarity: "bone-bright", logTransformed: false };
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

/** Values scaled so that the 0.5 % and 99.5 % quantiles become 0 and 1; pixels that are no numbers become 0. */
function normalised({ data }: Radiograph, { low, high }: PixelRange): Float32Array {
  const scale = 1 / (high - low);
  return data.map((value) => (Number.isFinite(value) ? (value - low) * scale : 0));
}

/**
 * -log of intensity relative to the bright end of the range. Stored zero means no radiation unless there are
 * negative values. Below 1/10000 of full scale (noise, metal) the logarithm stays bounded; where air is in the picture
 * a thick patient reaches 1/1000.
 */
function negativeLog({ data }: Radiograph, { least, high }: PixelRange): Float32Array {
  const zero = Math.min(0, least);
  const full = high - zero;
  return data.map((value) => (Number.isFinite(value) ? -Math.log(Math.max(1e-4, (value - zero) / full)) : 0));
}

/** 1 where the image is live and holds numbers, out to a margin. */
function liveWeight({ data, width, height }: Radiograph, live: Uint8Array, margin: number): Float32Array {
  const dead = live.map((alive, p) => (alive && Number.isFinite(data[p]) ? 0 : 1));
  const near = dilateSquare(dead, width, height, margin);
  const weight = new Float32Array(near.length);
  for (let p = 0; p < weight.length; p++) weight[p] = 1 - near[p]!;
  return weight;
}
