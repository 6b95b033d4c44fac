import { gaussianBlur } from "../image/filters/gaussian.ts";
import type { Random } from "../random.ts";

/** How much an X-ray may differ from the projection of the bones it shows; all shares 0 = not at all. */
export interface DomainRandomisation {
  /** Share of X-rays that show the soft tissue of the whole body. */
  readonly softTissueShare: number;
  /** Largest gain of that soft tissue; 1 is what the CT says. */
  readonly softTissueGain: number;
  /** Exponent of the line integrals, from 1 / gamma to gamma (beam hardening, look-up tables). */
  readonly gamma: number;
  /** Largest standard deviation of noise, as a share of the image's own. */
  readonly noise: number;
  /** Largest blur, pixels. */
  readonly blurPx: number;
  /** Share of X-rays with blades or an iris. */
  readonly collimationShare: number;
  /** Share of X-rays with instruments in the beam. */
  readonly toolShare: number;
}

/** What the shipped networks are trained with. */
export const defaultRandomisation: DomainRandomisation = {
  softTissueShare: 0.7,
  softTissueGain: 1.2,
  gamma: 1.4,
  noise: 0.25,
  blurPx: 1,
  collimationShare: 0.3,
  toolShare: 0.2,
};

/** A projection exactly as rendered. */
export const noRandomisation: DomainRandomisation = {
  ...{
    softTissueShare: 0,
    softTissueGain: 0,
    gamma: 1,
    noise: 0,
    blurPx: 0,
    collimationShare: 0,
    toolShare: 0,
  },
};

/** The parts of an X-ray before randomisation: line integrals, size x size. */
export interface XrayParts {
  readonly bone: Float32Array;
  /** Of everything, bone included. */
  readonly whole: Float32Array;
  readonly size: number;
}

/** Line integrals up to gain and offset, and which pixels may be looked at (1 live, 0 dead). */
export interface RandomisedXray {
  readonly image: Float32Array;
  readonly weight: Float32Array;
}

/** An X-ray as some other machine might have taken it; everything is drawn from `random`. */
export function randomiseXray(
  parts: XrayParts,
  settings: DomainRandomisation,
  random: Random,
): RandomisedXray {
  const { bone, whole, size } = parts;
  const soft =
    random.next() < settings.softTissueShare ? random.uniform(0.2, 1) * settings.softTissueGain : 0;
  let image: Float32Array = bone.map((value, p) => value + soft * (whole[p]! - value));
  applyGamma(image, random.uniform(-1, 1) * Math.log(settings.gamma));
  if (random.next() < settings.toolShare) drawTool(image, size, random);
  const blur = random.next() * settings.blurPx;
  if (blur > 0.3) image = gaussianBlur(image, size, size, blur);
  addNoise(image, random.next() * settings.noise, random);
  const weight = new Float32Array(size * size).fill(1);
  if (random.next() < settings.collimationShare) collimate(weight, size, random);
  return { image, weight };
}

/** value^exp(logGamma) of values scaled to 0..1, so that the range stays. */
function applyGamma(image: Float32Array, logGamma: number): void {
  if (logGamma === 0) return;
  const exponent = Math.exp(logGamma);
  const most = image.reduce((largest, value) => Math.max(largest, value), 1e-6);
  for (let p = 0; p < image.length; p++) image[p] = most * Math.max(0, image[p]! / most) ** exponent;
}

function addNoise(image: Float32Array, share: number, random: Random): void {
  if (share === 0) return;
  let [sum, squares] = [0, 0];
  for (const value of image) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / image.length;
  const sd = share * Math.sqrt(Math.max(0, squares / image.length - mean * mean));
  for (let p = 0; p < image.length; p++) image[p]! += sd * random.normal();
}

/** A straight metal bar across part of the image. */
function drawTool(image: Float32Array, size: number, random: Random): void {
  const [u, v] = [random.uniform(0, size), random.uniform(0, size)];
  const angle = random.uniform(0, Math.PI);
  const [along, width] = [random.uniform(0.1, 0.5) * size, random.uniform(0.5, 2.5)];
  const most = image.reduce((largest, value) => Math.max(largest, value), 0);
  const strength = most * random.uniform(0.3, 1.5);
  for (let p = 0; p < image.length; p++) {
    const [du, dv] = [(p % size) - u, Math.floor(p / size) - v];
    const [t, n] = [du * Math.cos(angle) + dv * Math.sin(angle), dv * Math.cos(angle) - du * Math.sin(angle)];
    if (Math.abs(t) < along && Math.abs(n) < width) image[p]! += strength;
  }
}

/** Blades at up to a quarter from each side, or a round iris. */
function collimate(weight: Float32Array, size: number, random: Random): void {
  const [left, right, top, bottom] = [0, 0, 0, 0].map(() => random.uniform(0, 0.25) * size);
  const radius = random.next() < 0.5 ? random.uniform(0.42, 0.6) * size : Infinity;
  const centre = (size - 1) / 2;
  for (let p = 0; p < weight.length; p++) {
    const [u, v] = [p % size, Math.floor(p / size)];
    const outside =
      radius === Infinity
        ? u < left! || u > size - 1 - right! || v < top! || v > size - 1 - bottom!
        : Math.hypot(u - centre, v - centre) > radius;
    if (outside) weight[p] = 0;
  }
}
