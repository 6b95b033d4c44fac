import { type Camera, binCamera } from "../geometry/camera.ts";
import { highPass } from "../image/filters/highPass.ts";
import type { Fourier2 } from "./fourier.ts";
import type { SearchRange } from "./searchRange.ts";
import { type OrientationField, orientationField } from "./orientationField.ts";

/** One way the patient may be turned and moved so that it looks like the X-ray. */
export interface Template {
  /** Sum of the squared orientation field. */
  readonly energy: number;
  /** Radians about the beam that a patient pose must be turned by to look like the X-ray. */
  readonly roll: number;
  /** How much larger than at the start pose the patient appears. */
  readonly magnification: number;
}

/**
 * Two templates correlated by one transform: only the real parts of both correlations are wanted, so they ride
 * as real and imaginary part of one field. With M the moving spectrum and M' its flipped conjugate, the
 * spectrum of that field is M . direct + M' . flipped.
 */
export interface TemplatePair {
  readonly templates: readonly Template[];
  readonly direct: OrientationField;
  readonly flipped: OrientationField;
}

export interface Templates {
  readonly pairs: readonly TemplatePair[];
  /** Spectrum of the X-ray's live area, for the energy of the moving field under it. */
  readonly window: OrientationField;
  /** Largest shift of interest in search pixels. */
  readonly reachPx: number;
  /** Radius of what is taken out of the moving image as too wide, search pixels. */
  readonly widePx: number;
}

export interface TemplateInput {
  readonly camera: Camera;
  readonly searchCamera: Camera;
  readonly fixed: Float32Array;
  readonly weight: Float32Array;
  readonly fourier: Fourier2;
  readonly range: SearchRange;
  /** Depth of the isocentre from the source. */
  readonly depthMm: number;
}

/** Structures wider than this at the isocentre, twice either way, are taken out: the trunk's profile matches anything. */
const wideMm = 12;
const rollStepDeg = 8.5;
const magnificationStep = 0.085;

interface Turned extends Template {
  readonly spectrum: OrientationField;
}

/** Every roll and magnification within range. */
export function createTemplates(input: TemplateInput): Templates {
  const { range, depthMm, searchCamera, fourier } = input;
  const source = shrink(input);
  const rolls = steps((range.rotationDeg * Math.PI) / 180, (rollStepDeg * Math.PI) / 180);
  const logs = steps(Math.log(depthMm / Math.max(depthMm - range.depthMm, 0.3 * depthMm)), magnificationStep);
  const turned = logs.flatMap((log) => rolls.map((roll) => turnedField(source, input, roll, Math.exp(log))));
  const pairs: TemplatePair[] = [];
  for (let i = 0; i < turned.length; i += 2) pairs.push(pairOf(turned.slice(i, i + 2), fourier.side));
  const live = sampleXray(source, searchCamera, 0, 1).live;
  const window = { re: Float64Array.from(live), im: new Float64Array(live.length) };
  fourier.forward(window.re, window.im);
  const pitchAtDepth = (searchCamera.pixelSpacingMm[0] * depthMm) / searchCamera.sourceToDetectorMm;
  const widePx = Math.max(1, Math.round(wideMm / pitchAtDepth));
  return { pairs, window, reachPx: range.inPlaneMm / pitchAtDepth, widePx };
}

function steps(range: number, step: number): number[] {
  const count = Math.round(range / step);
  return Array.from({ length: 2 * count + 1 }, (_, i) => (count === 0 ? 0 : ((i - count) * range) / count));
}

function turnedField(source: Source, input: TemplateInput, roll: number, magnification: number): Turned {
  const { image, live } = sampleXray(source, input.searchCamera, roll, magnification);
  const side = input.fourier.side;
  const spectrum = orientationField(image, side, side, { weight: live });
  let energy = 0;
  for (let p = 0; p < image.length; p++) energy += spectrum.re[p]! ** 2 + spectrum.im[p]! ** 2;
  input.fourier.forward(spectrum.re, spectrum.im);
  return { spectrum, energy, roll, magnification };
}

/** direct = (conj T1 + i conj T2) / 2 and flipped(k) = conj((conj T1 - i conj T2)(-k)) / 2. */
function pairOf(turned: readonly Turned[], side: number): TemplatePair {
  const n = side * side;
  const nothing = { re: new Float64Array(n), im: new Float64Array(n) };
  const one = turned[0]!.spectrum;
  const two = turned[1]?.spectrum ?? nothing;
  const direct = { re: new Float64Array(n), im: new Float64Array(n) };
  const flipped = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let p = 0; p < n; p++) {
    const q = flippedIndex(p, side);
    direct.re[p] = (one.re[p]! + two.im[p]!) / 2;
    direct.im[p] = (two.re[p]! - one.im[p]!) / 2;
    flipped.re[p] = (one.re[q]! - two.im[q]!) / 2;
    flipped.im[p] = (one.im[q]! + two.re[q]!) / 2;
  }
  return { templates: turned, direct, flipped };
}

/** Index of frequency -k on a square grid. */
export function flippedIndex(p: number, side: number): number {
  const [row, column] = [Math.floor(p / side), p % side];
  return ((side - row) % side) * side + ((side - column) % side);
}

/** The X-ray at about half the search pitch: live mean in blocks, and the share of each block that is live. */
interface Source {
  readonly camera: Camera;
  readonly image: Float32Array;
  readonly share: Float32Array;
}

function shrink({ camera, searchCamera, fixed, weight, depthMm }: TemplateInput): Source {
  const finest = Math.min(...camera.pixelSpacingMm);
  const factor = Math.max(1, Math.floor(searchCamera.pixelSpacingMm[0] / (2 * finest)));
  const small = binCamera(camera, factor);
  const image = new Float32Array(small.width * small.height);
  const share = new Float32Array(small.width * small.height);
  for (let y = 0; y < small.height * factor; y++) {
    for (let x = 0; x < small.width * factor; x++) {
      const to = Math.floor(y / factor) * small.width + Math.floor(x / factor);
      const w = weight[y * camera.width + x]!;
      image[to]! += w * fixed[y * camera.width + x]!;
      share[to]! += w;
    }
  }
  for (let p = 0; p < image.length; p++) {
    if (share[p]! > 0) image[p]! /= share[p]!;
    share[p]! /= factor * factor;
  }
  const widePx = (wideMm * searchCamera.sourceToDetectorMm) / depthMm / small.pixelSpacingMm[0];
  return {
    ...{ camera: small, share },
    image: highPass(image, share, small.width, small.height, Math.max(1, Math.round(widePx))),
  };
}

/**
 * The X-ray on the search camera's grid after undoing roll and magnification: search position x shows X-ray
 * position m R(roll) x. Pixels are averaged over the search pixel's footprint.
 */
function sampleXray(
  source: Source,
  searchCamera: Camera,
  roll: number,
  magnification: number,
): { image: Float32Array; live: Float32Array } {
  const { camera } = source;
  const { width: side } = searchCamera;
  const [c, s] = [Math.cos(roll) * magnification, Math.sin(roll) * magnification];
  const [du, dv] = camera.pixelSpacingMm;
  const pitch = searchCamera.pixelSpacingMm[0];
  const image = new Float32Array(side * side);
  const live = new Float32Array(side * side);
  const taps = Math.max(1, Math.ceil((pitch * magnification) / Math.min(du, dv)));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let [sum, total] = [0, 0];
      for (let t = 0; t < taps * taps; t++) {
        const px = (x - (side - 1) / 2 + ((t % taps) + 0.5) / taps - 0.5) * pitch;
        const py = (y - (side - 1) / 2 + (Math.floor(t / taps) + 0.5) / taps - 0.5) * pitch;
        const u = Math.round((c * px - s * py) / du + camera.principalPointPx[0]);
        const v = Math.round((s * px + c * py) / dv + camera.principalPointPx[1]);
        if (u < 0 || v < 0 || u >= camera.width || v >= camera.height) continue;
        const p = v * camera.width + u;
        sum += source.share[p]! * source.image[p]!;
        total += source.share[p]!;
      }
      const p = y * side + x;
      image[p] = total > 0 ? sum / total : 0;
      live[p] = total >= 0.75 * taps * taps ? 1 : 0;
    }
  }
  return { image, live };
}
