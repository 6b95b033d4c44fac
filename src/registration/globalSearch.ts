import { throwIfAborted } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, compose, fromLinearTranslation, translation4 } from "../geometry/mat4.ts";
import { expSo3 } from "../geometry/so3.ts";
import { type Vec3, cross, dot, norm, normalise, scale } from "../geometry/vec3.ts";
import type { Projector, ProjectorVolume } from "../projector/projector.ts";
import { type Fourier2, createFourier2 } from "./fourier.ts";
import { type OrientationField, orientationField } from "./orientationField.ts";
import { type SearchSpace, poseAt } from "./searchSpace.ts";
import { type Template, createTemplates } from "./searchTemplates.ts";

/** How far from the start the pose may lie, per axis, either way. */
export interface SearchRange {
  readonly rotationDeg: number;
  readonly inPlaneMm: number;
  readonly depthMm: number;
}

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
const outOfPlaneStepDeg = 7;

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
  const image = new Float32Array(fieldSide * fieldSide);
  const moving = createMovingField(fourier, templates.window);
  for (const [index, tilt] of tilts.entries()) {
    throwIfAborted(input.signal);
    const tilted = poseAt(space, [...tilt, 0, 0, 0, 0]);
    moving.load(projector.drr(volume, searchCamera, tilted, image));
    for (const template of templates.list) {
      for (const peak of moving.peaks(template, templates.reachPx, input.eitherPolarity ?? false)) {
        const cameraFromWorld = poseOfPeak(peak, template, tilted, searchCamera, space.pivot[2]);
        found.push({ cameraFromWorld, score: peak.score, key: Math.abs(peak.score) });
      }
    }
    if (found.length > 8 * keep) prune(found, 4 * keep);
    await input.onProgress?.((index + 1) / tilts.length);
  }
  prune(found, keep);
  return found;
}

function prune(found: { key: number }[], keep: number): void {
  found.sort((a, b) => b.key - a.key);
  found.length = Math.min(found.length, keep);
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

/** Rotations about columns and rows on a grid, from the middle outwards. */
function outOfPlaneTilts(rangeDeg: number): [number, number][] {
  const steps = Math.ceil(rangeDeg / outOfPlaneStepDeg);
  const angle = (i: number): number => (steps === 0 ? 0 : (i * rangeDeg * Math.PI) / (180 * steps));
  const tilts: [number, number][] = [];
  for (let a = -steps; a <= steps; a++) {
    for (let b = -steps; b <= steps; b++) tilts.push([angle(a), angle(b)]);
  }
  return tilts.sort((p, q) => Math.hypot(...p) - Math.hypot(...q));
}

interface Peak {
  /** Shift in search pixels, columns and rows. */
  readonly dx: number;
  readonly dy: number;
  readonly score: number;
}

interface MovingField {
  load(image: Float32Array): void;
  peaks(template: Template, reachPx: number, eitherPolarity: boolean): Peak[];
}

/** Spectrum and windowed energy of one DRR's orientation field, correlated with templates. */
function createMovingField(fourier: Fourier2, window: OrientationField): MovingField {
  const n = fourier.side * fourier.side;
  const field: OrientationField = { re: new Float64Array(n), im: new Float64Array(n) };
  const [re, im, energy, idle] = [0, 1, 2, 3].map(() => new Float64Array(n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return {
    load(image) {
      orientationField(image, fourier.side, fourier.side, { out: field });
      for (let p = 0; p < n; p++) energy[p] = field.re[p]! * field.re[p]! + field.im[p]! * field.im[p]!;
      idle.fill(0);
      fourier.forward(energy, idle);
      correlate(energy, idle, window, energy, idle);
      fourier.inverse(energy, idle);
      fourier.forward(field.re, field.im);
    },
    peaks(template, reachPx, eitherPolarity) {
      correlate(field.re, field.im, template.spectrum, re, im);
      fourier.inverse(re, im);
      const floor = 0.02 * n;
      for (let p = 0; p < n; p++) re[p]! /= Math.sqrt(template.energy * Math.max(energy[p]!, floor * 0.05));
      return localPeaks(re, fourier.side, reachPx, eitherPolarity);
    },
  };
}

/** out = spectrum . conj(template), whose inverse transform is the cross-correlation. */
function correlate(
  re: Float64Array,
  im: Float64Array,
  t: OrientationField,
  outRe: Float64Array,
  outIm: Float64Array,
): void {
  for (let p = 0; p < re.length; p++) {
    const [a, b] = [re[p]!, im[p]!];
    outRe[p] = a * t.re[p]! + b * t.im[p]!;
    outIm[p] = b * t.re[p]! - a * t.im[p]!;
  }
}

/** The two best local maxima within reach of zero shift. */
function localPeaks(score: Float64Array, side: number, reachPx: number, eitherPolarity: boolean): Peak[] {
  const reach = Math.min(Math.floor(reachPx), side / 2 - 2);
  const value = (dx: number, dy: number): number =>
    score[((dy + side) % side) * side + ((dx + side) % side)]!;
  const best: Peak[] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const here = value(dx, dy);
      const size = eitherPolarity ? Math.abs(here) : here;
      const least = best.length < 2 ? 0 : Math.abs(best[1]!.score);
      if (size <= least) continue;
      const sign = here < 0 ? -1 : 1;
      const isPeak =
        size >= sign * value(dx + 1, dy) &&
        size >= sign * value(dx - 1, dy) &&
        size >= sign * value(dx, dy + 1) &&
        size >= sign * value(dx, dy - 1);
      if (!isPeak) continue;
      best.push({ dx, dy, score: here });
      best.sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
      best.length = Math.min(best.length, 2);
    }
  }
  return best;
}

/**
 * The camera that sees at its centre what the tilted camera sees at the peak: turn about the source, roll
 * about the beam, then move along it.
 */
function poseOfPeak(peak: Peak, template: Template, tilted: Mat4, camera: Camera, depthMm: number): Mat4 {
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
