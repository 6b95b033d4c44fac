import { type Pose, poseToVector } from "../geometry/pose.ts";
import { canonicalGeometry } from "./initialiserInput.ts";

const radians = Math.PI / 180;
const turns = [-18, 0, 18].map((deg) => deg * radians);

/** Poses at which the volume is projected to ask where in the X-ray it fits, and how well. */
export const templatePoses: readonly Pose[] = [
  ...turns.flatMap((rx) =>
    turns.flatMap((ry) => turns.map((rz): Pose => ({ rx, ry, rz, tx: 0, ty: 0, tz: 0 }))),
  ),
  ...[-65, 65].map((tx): Pose => ({ rx: 0, ry: 0, rz: 0, tx, ty: 0, tz: 0 })),
];

/** Height and place of every template's best match, and the pose that they speak for. */
export const hintCount: number = 3 * templatePoses.length + 6;

/** Coarse pixels for the exhaustive search, finer ones for its best place. */
const [coarse, fine] = [4, 2];
/** Furthest shift of the search as a share of the image, and of the overlap that counts. */
const [reach, leastOverlap] = [0.42, 0.35];
/** How sharply better matches count: a difference of 0.1 in correlation is a factor of 20. */
const sharpness = 30;

/** A flattened image at both resolutions. */
export interface TemplateImage {
  readonly coarse: Float32Array;
  readonly fine: Float32Array;
}

/** Averages a flattened size x size image for matching. */
export function templateImage(image: Float32Array, size: number): TemplateImage {
  return { coarse: averaged(image, size, coarse), fine: averaged(image, size, fine) };
}

/** Where a template fits best: its pose shifted to that place, and the correlation coefficient there. */
export interface TemplateMatch {
  readonly pose: Pose;
  readonly height: number;
  /** Shift of the X-ray against the template, pixels. */
  readonly shiftPx: readonly [number, number];
}

/** The best place of every template. */
export function matchTemplates(
  xray: TemplateImage,
  templates: readonly TemplateImage[],
  size: number,
): TemplateMatch[] {
  const { camera, sourceToIsocentreMm } = canonicalGeometry(size);
  const mmPerPixel = (camera.pixelSpacingMm[0] * sourceToIsocentreMm) / camera.sourceToDetectorMm;
  return templates.map((template, r) => {
    const { height, u, v } = bestMatch(xray, template, size);
    const turned = templatePoses[r]!;
    const mm = mmPerPixel * (1 + turned.tx / sourceToIsocentreMm);
    return { pose: { ...turned, ty: u * mm, tz: v * mm }, height, shiftPx: [u, v] };
  });
}

/**
 * What template matching says about one X-ray, `hintCount` numbers of about unit size: for every template the
 * correlation coefficient at its best shift and that shift, then the pose that the matches vote for (degrees
 * over 18, mm over 65, in the frame of the templates).
 */
export function templateHints(matches: readonly TemplateMatch[], size: number, out: Float32Array): void {
  const best = matches.reduce((most, { height }) => Math.max(most, height), -1);
  const vote = [0, 0, 0, 0, 0, 0];
  let total = 0;
  matches.forEach(({ pose, height, shiftPx: [u, v] }, r) => {
    out.set([4 * height, (4 * u) / size, (4 * v) / size], 3 * r);
    const weight = Math.exp(sharpness * (height - best));
    poseToVector(pose).forEach((value, q) => {
      vote[q]! += weight * value;
    });
    total += weight;
  });
  vote.forEach((value, q) => {
    out[3 * matches.length + q] = value / total / (q < 3 ? 18 * radians : 65);
  });
}

interface Match {
  /** Correlation coefficient over the overlap. */
  readonly height: number;
  /** Shift of the X-ray against the template, pixels of the full image. */
  readonly u: number;
  readonly v: number;
}

function bestMatch(xray: TemplateImage, template: TemplateImage, size: number): Match {
  const n = size / coarse;
  const most = Math.floor(reach * n);
  let best = { height: -1, u: 0, v: 0 };
  for (let v = -most; v <= most; v++) {
    for (let u = -most; u <= most; u++) {
      const height = correlation(xray.coarse, template.coarse, n, u, v);
      if (height > best.height) best = { height, u, v };
    }
  }
  const ratio = coarse / fine;
  const [u0, v0] = [best.u * ratio, best.v * ratio];
  let finer = { height: -1, u: u0, v: v0 };
  for (let v = v0 - ratio; v <= v0 + ratio; v++) {
    for (let u = u0 - ratio; u <= u0 + ratio; u++) {
      const height = correlation(xray.fine, template.fine, ratio * n, u, v);
      if (height > finer.height) finer = { height, u, v };
    }
  }
  return { height: finer.height, u: fine * finer.u, v: fine * finer.v };
}

/** Correlation of a with b shifted by (u, v), over where both are; images have mean zero. */
function correlation(a: Float32Array, b: Float32Array, n: number, u: number, v: number): number {
  let [product, aa, bb] = [0, 0, 0];
  for (let row = Math.max(0, v); row < Math.min(n, n + v); row++) {
    const shift = n * (row - v) - u;
    for (let column = Math.max(0, u); column < Math.min(n, n + u); column++) {
      const x = a[n * row + column]!;
      const y = b[shift + column]!;
      product += x * y;
      aa += x * x;
      bb += y * y;
    }
  }
  const overlap = ((n - Math.abs(u)) * (n - Math.abs(v))) / (n * n);
  // A small overlap that fits by chance is no match.
  return overlap < leastOverlap || aa === 0 || bb === 0 ? -1 : product / Math.sqrt(aa * bb);
}

function averaged(image: Float32Array, size: number, factor: number): Float32Array {
  const n = size / factor;
  const out = new Float32Array(n * n);
  for (let v = 0; v < size; v++) {
    const row = n * Math.floor(v / factor);
    for (let u = 0; u < size; u++) {
      out[row + Math.floor(u / factor)]! += image[v * size + u]! / (factor * factor);
    }
  }
  return out;
}
