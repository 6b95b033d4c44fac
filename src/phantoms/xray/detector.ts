import type { Random } from "../../random.ts";
import { blurColumns, blurRows } from "./scatter.ts";

/** How the detector turns radiation into numbers. */
export interface DetectorOptions {
  /**
   * Photons a pixel detects behind the patient on average (where less than half of the open beam
   * arrives), as automatic exposure control keeps it; sets the quantum noise. `Infinity` = none.
   */
  readonly photonsPerPixel: number;
  /** Standard deviation of the electronic noise in photons. */
  readonly electronicPhotons: number;
  /** Standard deviation of the focal spot's blur (before the noise) at the detector, mm. */
  readonly focalBlurMm: number;
  /** Standard deviation of the scintillator's blur (it also smooths the noise), mm. */
  readonly scintillatorBlurMm: number;
}

/** Signal relative to the open beam, after blur and noise; never negative. `field` as in `fieldOf`. */
export function detect(
  signal: Float64Array,
  field: Float32Array,
  image: { width: number; height: number; pixelMm: readonly [number, number] },
  options: DetectorOptions,
  random: Random,
): Float64Array {
  const blur = (data: Float64Array, mm: number): Float64Array => {
    const rows = blurRows(data, image.width, image.height, mm / image.pixelMm[0]);
    return blurColumns(rows, image.width, image.height, mm / image.pixelMm[1]);
  };
  const sharp = blur(signal, options.focalBlurMm);
  if (!Number.isFinite(options.photonsPerPixel)) return blur(sharp, options.scintillatorBlurMm);
  const photons = options.photonsPerPixel / meanBehindPatient(sharp, field);
  const noisy = sharp.map((s) => random.poisson(Math.max(0, s) * photons) / photons);
  const out = blur(noisy, options.scintillatorBlurMm);
  const electronic = options.electronicPhotons / photons;
  return electronic > 0 ? out.map((s) => Math.max(0, s + random.normal(0, electronic))) : out;
}

/** Mean signal of pixels in the field with less than half of the open beam; 1 when there are none. */
function meanBehindPatient(signal: Float64Array, field: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let n = 0; n < signal.length; n++) {
    if (field[n]! < 0.9 || signal[n]! >= 0.5 || signal[n]! <= 0) continue;
    sum += signal[n]!;
    count++;
  }
  return count > 0 ? sum / count : 1;
}

/** How signals become stored pixel values. */
export interface ReadoutOptions {
  /** Bits stored a pixel (8 to 16), or `float` for the signal itself, neither scaled nor rounded. */
  readonly bits: number | "float";
  /** Exponent of the look-up table: stored = signal ** gamma; 1 = linear. */
  readonly gamma: number;
  /** `normal`: more radiation, larger value (bone dark). `inverted`: bone bright. */
  readonly polarity: "normal" | "inverted";
  /**
   * Signal stored as the largest value: `open-beam` = that without a patient, `auto` = the 99.5th
   * percentile inside the field (as automatic exposure does; unattenuated parts saturate).
   */
  readonly fullScale: "open-beam" | "auto";
}

/** Stored pixel values; `field` (0..1) says which pixels count for automatic scaling. */
export function readOut(signal: Float64Array, field: Float32Array, options: ReadoutOptions): Float32Array {
  if (options.bits === "float") return Float32Array.from(signal);
  const top = options.fullScale === "auto" ? percentile(signal, field, 0.995) : 1;
  const levels = 2 ** options.bits - 1;
  const out = new Float32Array(signal.length);
  for (let n = 0; n < out.length; n++) {
    const level = Math.round(levels * Math.min(1, Math.max(0, signal[n]! / top)) ** options.gamma);
    out[n] = options.polarity === "normal" ? level : levels - level;
  }
  return out;
}

function percentile(signal: Float64Array, field: Float32Array, share: number): number {
  const open = signal.filter((_, n) => field[n]! > 0.9).sort();
  const value = open.length > 0 ? open[Math.min(open.length - 1, Math.floor(share * open.length))]! : 1;
  return value > 0 ? value : 1;
}
