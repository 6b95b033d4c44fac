import { throwIfAborted } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, compose, fromLinearTranslation, translation4 } from "../geometry/mat4.ts";
import { expSo3 } from "../geometry/so3.ts";
import { type Vec3, cross, dot, norm, normalise, scale } from "../geometry/vec3.ts";
import type { Projector, ProjectorVolume } from "../projector/projector.ts";
import { highPass } from "../image/filters/highPass.ts";
import { type Fourier2, createFourier2 } from "./fourier.ts";
import { type OrientationField, orientationField } from "./orientationField.ts";
import type { SearchRange } from "./searchRange.ts";
import { type SearchSpace, poseAt } from "../geometry/searchSpace.ts";
import {
  type Template,
  type TemplatePair,
  type Templates,
  createTemplates,
  flippedIndex,
} from "./searchTemplates.ts";

export interface GlobalSearchInput {
  readonly projector: Projector;
  readonly volume: ProjectorVolume;
  readonly camera: Camera;
  readonly fixed: Float32Array;
  readonly weight: Float32Array;
  /** Start pose and pivot (on the principal ray, at the depth of the isocentre). */
  readonly space: SearchSpace;
  readonly range: SearchRange;
  /** Also accept matches of opposite sign (an X-ray of unknown polarity). */
  readonly eitherPolarity?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called between renders with the fraction done; awaited, so that it may yield to the event loop. */
  readonly onProgress?: (fraction: number) => Promise<void> | void;
}

/** A pose worth refining. */
export interface PoseCandidate {
  readonly cameraFromWorld: Mat4;
  /** Normalised orientation correlation, -1..1. */
  readonly score: number;
}

const fieldSide = 64;
const outOfPlaneStepDeg = 8.75;

/**
 * Exhaustive search at low resolution. Only the two rotations that turn the patient out of the image plane
 * need new DRRs; roll and depth are templates of the X-ray turned and scaled, and every shift in the plane is
 * found at once by Fourier correlation of orientation fields. Best candidates first, at most `keep`.
 */
export async function globalSearch(input: GlobalSearchInput, keep = 48): Promise<PoseCandidate[]> {
  const { projector, volume, range, space } = input;
  const searchCamera = cameraForSearch(input.camera, space.pivot[2], range.inPlaneMm);
  const fourier = createFourier2(fieldSide);
  const templates = createTemplates({ ...input, searchCamera, fourier, range, depthMm: space.pivot[2] });
  const tilts = outOfPlaneTilts(range.rotationDeg);
  const found: (PoseCandidate & { key: number })[] = [];
  let threshold = 0;
  const image = new Float32Array(fieldSide * fieldSide);
  const moving = createMovingField(fourier, templates);
  for (const [index, tilt] of tilts.entries()) {
    throwIfAborted(input.signal);
    const tilted = poseAt(space, [...tilt, 0, 0, 0, 0]);
    moving.load(projector.drr(volume, searchCamera, tilted, image));
    for (const pair of templates.pairs) {
      for (const peak of moving.peaks(pair, templates.reachPx, input.eitherPolarity ?? false)) {
        const key = Math.abs(peak.score);
        if (key <= threshold) continue;
        const cameraFromWorld = poseOfPeak(peak, tilted, searchCamera, space.pivot[2]);
        found.push({ cameraFromWorld, score: peak.score, key });
      }
    }
    if (found.length > 2 * keep) threshold = prune(found, keep);
    await input.onProgress?.((index + 1) / tilts.length);
  }
  prune(found, keep);
  return found;
}

/** Keeps the best and returns what a newcomer must beat. */
function prune(found: { key: number }[], keep: number): number {
  found.sort((a, b) => b.key - a.key);
  found.length = Math.min(found.length, keep);
  return found.at(-1)?.key ?? 0;
}

/** A square camera about the principal ray that sees the X-ray's field plus the in-plane range. */
function cameraForSearch(camera: Camera, depthMm: number, inPlaneMm: number): Camera {
  const [du, dv] = camera.pixelSpacingMm;
  const [cu, cv] = camera.principalPointPx;
  const half = Math.max(
    Math.max(cu + 0.5, camera.width - 0.5 - cu) * du,
    Math.max(cv + 0.5, camera.height - 0.5 - cv) * dv,
  );
  const reach = half + (inPlaneMm * camera.sourceToDetectorMm) / depthMm;
  const pitch = (2 * reach) / fieldSide;
  return {
    ...{ width: fieldSide, height: fieldSide, sourceToDetectorMm: camera.sourceToDetectorMm },
    pixelSpacingMm: [pitch, pitch],
    principalPointPx: [(fieldSide - 1) / 2, (fieldSide - 1) / 2],
  };
}

/** Rotations about columns and rows on a grid, from the middle outwards; corners beyond a right angle are left out. */
function outOfPlaneTilts(rangeDeg: number): [number, number][] {
  const steps = Math.ceil(rangeDeg / outOfPlaneStepDeg);
  const angle = (i: number): number => (steps === 0 ? 0 : (i * rangeDeg * Math.PI) / (180 * steps));
  const tilts: [number, number][] = [];
  for (let a = -steps; a <= steps; a++) {
    for (let b = -steps; b <= steps; b++) tilts.push([angle(a), angle(b)]);
  }
  const most = Math.max(angle(steps), Math.PI / 2) + 1e-9;
  return tilts
    .filter((tilt) => Math.hypot(...tilt) <= most)
    .sort((p, q) => Math.hypot(...p) - Math.hypot(...q));
}

interface Peak {
  readonly template: Template;
  /** Shift in search pixels, columns and rows. */
  readonly dx: number;
  readonly dy: number;
  readonly score: number;
}

interface MovingField {
  load(image: Float32Array): void;
  peaks(pair: TemplatePair, reachPx: number, eitherPolarity: boolean): Peak[];
}

/** Spectrum and windowed energy of one DRR's orientation field, correlated with templates. */
function createMovingField(fourier: Fourier2, { window, widePx }: Templates): MovingField {
  const { side } = fourier;
  const n = side * side;
  const pair = (): OrientationField => ({ re: new Float64Array(n), im: new Float64Array(n) });
  const [field, flipped, energy, product] = [pair(), pair(), pair(), pair()];
  const flip = Int32Array.from({ length: n }, (_, p) => flippedIndex(p, side));
  const inverseNorm = new Float64Array(n);
  const flat = new Float32Array(n);
  const score = new Float64Array(n);
  return {
    load(image) {
      orientationField(highPass(image, undefined, side, side, widePx, flat), side, side, { out: field });
      for (let p = 0; p < n; p++) energy.re[p] = field.re[p]! ** 2 + field.im[p]! ** 2;
      energy.im.fill(0);
      fourier.forward(energy.re, energy.im);
      multiplyConjugate(energy, window);
      fourier.inverse(energy.re, energy.im);
      const floor = 1e-3 * n;
      for (let p = 0; p < n; p++) inverseNorm[p] = 1 / Math.sqrt(Math.max(energy.re[p]!, floor));
      fourier.forward(field.re, field.im);
      for (let p = 0; p < n; p++) {
        flipped.re[p] = field.re[flip[p]!]!;
        flipped.im[p] = -field.im[flip[p]!]!;
      }
    },
    peaks(templates, reachPx, eitherPolarity) {
      const reach = Math.min(Math.floor(reachPx), side / 2 - 2);
      correlatePair(field, flipped, templates, product);
      fourier.inverse(product.re, product.im, reach + 1);
      return templates.templates.flatMap((template, i) => {
        const correlation = i === 0 ? product.re : product.im;
        normaliseNear(correlation, inverseNorm, 1 / Math.sqrt(template.energy), side, reach + 1, score);
        return localPeaks(score, reach, eitherPolarity).map((peak) => ({ ...peak, template }));
      });
    },
  };
}

/** Correlations at shifts up to `reach` either way, as coefficients; row by row, from the most negative shift on. */
function normaliseNear(
  correlation: Float64Array,
  inverseNorm: Float64Array,
  scale: number,
  side: number,
  reach: number,
  out: Float64Array,
): void {
  let to = 0;
  for (let dy = -reach; dy <= reach; dy++) {
    const row = ((dy + side) % side) * side;
    for (let dx = -reach; dx <= reach; dx++) {
      const from = row + ((dx + side) % side);
      out[to++] = correlation[from]! * scale * inverseNorm[from]!;
    }
  }
}

/** a becomes a . conj(b), whose inverse transform is the cross-correlation. */
function multiplyConjugate(a: OrientationField, b: OrientationField): void {
  for (let p = 0; p < a.re.length; p++) {
    const [x, y] = [a.re[p]!, a.im[p]!];
    a.re[p] = x * b.re[p]! + y * b.im[p]!;
    a.im[p] = y * b.re[p]! - x * b.im[p]!;
  }
}

function correlatePair(
  m: OrientationField,
  f: OrientationField,
  pair: TemplatePair,
  out: OrientationField,
): void {
  const { direct: d, flipped: e } = pair;
  const [mr, mi, fr, fi] = [m.re, m.im, f.re, f.im];
  const [dr, di, er, ei] = [d.re, d.im, e.re, e.im];
  for (let p = 0; p < out.re.length; p++) {
    out.re[p] = mr[p]! * dr[p]! - mi[p]! * di[p]! + fr[p]! * er[p]! - fi[p]! * ei[p]!;
    out.im[p] = mr[p]! * di[p]! + mi[p]! * dr[p]! + fr[p]! * ei[p]! + fi[p]! * er[p]!;
  }
}

/** The two best local maxima within reach of zero shift; `score` as of `normaliseNear` with one more either way. */
function localPeaks(score: Float64Array, reach: number, eitherPolarity: boolean): Omit<Peak, "template">[] {
  const pitch = 2 * (reach + 1) + 1;
  const best: Omit<Peak, "template">[] = [];
  let least = 0;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const p = (dy + reach + 1) * pitch + dx + reach + 1;
      const here = score[p]!;
      const size = eitherPolarity ? Math.abs(here) : here;
      if (size <= least) continue;
      const sign = here < 0 ? -1 : 1;
      const isPeak =
        size >= sign * score[p + 1]! &&
        size >= sign * score[p - 1]! &&
        size >= sign * score[p + pitch]! &&
        size >= sign * score[p - pitch]!;
      if (!isPeak) continue;
      best.push({ dx, dy, score: here });
      best.sort((one, other) => Math.abs(other.score) - Math.abs(one.score));
      best.length = Math.min(best.length, 2);
      least = best.length < 2 ? 0 : Math.abs(best[1]!.score);
    }
  }
  return best;
}

/**
 * The camera that sees at its centre what the tilted camera sees at the peak: turn about the source, roll
 * about the beam, then move along it.
 */
function poseOfPeak(peak: Peak, tilted: Mat4, camera: Camera, depthMm: number): Mat4 {
  const { template } = peak;
  const pitch = camera.pixelSpacingMm[0];
  const towards: Vec3 = normalise([peak.dx * pitch, peak.dy * pitch, camera.sourceToDetectorMm]);
  const axis = cross(towards, [0, 0, 1]);
  const sine = norm(axis);
  const turn =
    sine < 1e-12 ? ([0, 0, 0] as const) : scale(axis, Math.atan2(sine, dot(towards, [0, 0, 1])) / sine);
  const centred = fromLinearTranslation(expSo3(turn), [0, 0, 0]);
  const rolled = fromLinearTranslation(expSo3([0, 0, template.roll]), [0, 0, 0]);
  const moved = translation4([0, 0, depthMm / template.magnification - depthMm]);
  return compose(moved, rolled, centred, tilted);
}
