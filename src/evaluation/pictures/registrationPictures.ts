import { binImage } from "../../image/pyramid.ts";
import { enlargeImage, enlargeWeight } from "./enlarge.ts";
import { differencePicture, edgeOverlay, fusionPicture } from "./overlays.ts";
import { greyPicture, robustWindow } from "./intensityWindow.ts";
import { type Picture, type ScalarImage, shrinkPicture } from "./picture.ts";
import { type Tile, pictureSheet } from "./sheet.ts";

/** The images of one registration; all of one size, all line integrals (bone bright). */
export interface RegistrationImages {
  /** The X-ray as it was compared: log-transformed and the right way round. */
  readonly xray: ScalarImage;
  /** DRR at the start pose. */
  readonly before: ScalarImage;
  /** DRR at the pose found. */
  readonly after: ScalarImage;
  /** Above zero where the X-ray carries information (inside the collimator, no burned-in text). */
  readonly weight?: Float32Array;
}

/** Everything one looks at to judge a registration, all of the same size except the sheets. */
export interface RegistrationPictures {
  readonly xray: Picture;
  readonly drrBefore: Picture;
  readonly drrAfter: Picture;
  readonly fusionBefore: Picture;
  readonly fusionAfter: Picture;
  readonly edgesBefore: Picture;
  readonly edgesAfter: Picture;
  readonly differenceBefore: Picture;
  readonly differenceAfter: Picture;
  /** X-ray and DRR; fusion, edges and difference before and after, captioned. */
  readonly sheet: Picture;
}

/** Small images are enlarged by whole factors until the longer side has about this many pixels. */
const wantedSide = 512;

/** A pixel this near to the end of the DRR is no anatomy but the border of the CT. */
const borderPx = 2;

/** 1 where the X-ray counts and the DRR is away from its own border; all ones when nothing is left. */
export function comparisonMask(drr: ScalarImage, weight?: Float32Array): Float32Array {
  const { data, width, height } = drr;
  const clamped = (value: number, length: number): number => Math.min(length - 1, Math.max(0, value));
  const inside = (x: number, y: number): boolean =>
    data[clamped(y, height) * width + clamped(x, width)]! !== 0;
  const mask = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      if (weight && !(weight[pixel]! > 0)) continue;
      const near = [-borderPx, 0, borderPx].every((d) => inside(x + d, y) && inside(x, y + d));
      if (near) mask[pixel] = 1;
    }
  }
  return mask.includes(1) ? mask : mask.fill(1);
}

/** The images at the size they are shown at, and how wide lines are there. */
interface Display {
  readonly images: RegistrationImages;
  readonly sigmaPx: number;
  readonly thickenPx: number;
}

/** Larger detectors are binned to at most this many pixels a side, smaller ones enlarged to about `wantedSide`. */
const mostSide = 1024;

/** Images at the size of the pictures. */
function displayed(images: RegistrationImages): Display {
  const side = Math.max(images.xray.width, images.xray.height);
  const bins = Math.ceil(side / mostSide);
  const factor = Math.max(1, Math.round(wantedSide / side));
  const fit = (image: ScalarImage): ScalarImage => {
    if (bins === 1) return enlargeImage(image, factor);
    const data = binImage(image.data, image.width, image.height, bins);
    return { data, width: Math.floor(image.width / bins), height: Math.floor(image.height / bins) };
  };
  const { width, height } = images.xray;
  const { weight } = images;
  const fitWeight = (all: Float32Array): Float32Array =>
    bins === 1
      ? enlargeWeight(all, width, height, factor)
      : binImage(all, width, height, bins).map(Math.floor);
  const xray = fit(images.xray);
  return {
    images: {
      ...{ xray, before: fit(images.before), after: fit(images.after) },
      ...(weight && { weight: fitWeight(weight) }),
    },
    sigmaPx: Math.max(1.2, (1.1 * Math.max(xray.width, xray.height)) / 256),
    thickenPx: Math.floor(Math.max(xray.width, xray.height) / 1000),
  };
}

/** Fusion, edges and difference of the X-ray with one DRR. */
function compare(
  { images, sigmaPx, thickenPx }: Display,
  drr: ScalarImage,
): { fusion: Picture; edges: Picture; difference: Picture } {
  const { xray } = images;
  const weight = comparisonMask(drr, images.weight);
  const window = robustWindow(xray, images.weight);
  return {
    fusion: fusionPicture(xray, drr, weight),
    edges: edgeOverlay(xray, drr, { sigmaPx, thickenPx, weight, window }),
    difference: differencePicture(xray, drr, { weight }),
  };
}

type SinglePictures = Omit<RegistrationPictures, "sheet">;

/** Two rows: before and after. */
function sheetOf(pictures: SinglePictures): Picture {
  const tile = (key: keyof SinglePictures, caption: string): Tile => {
    const picture = pictures[key];
    return { picture: shrinkPicture(picture, Math.floor(picture.width / wantedSide)), caption };
  };
  return pictureSheet(
    [
      tile("xray", "X-ray"),
      tile("fusionBefore", "Before: X-ray red, DRR cyan"),
      tile("edgesBefore", "Before: DRR edges on X-ray"),
      tile("differenceBefore", "Before: X-ray minus DRR"),
      tile("drrAfter", "DRR at the pose found"),
      tile("fusionAfter", "After: X-ray red, DRR cyan"),
      tile("edgesAfter", "After: DRR edges on X-ray"),
      tile("differenceAfter", "After: X-ray minus DRR"),
    ],
    { columns: 4 },
  );
}

/** All pictures of a registration from its X-ray and the DRRs before and after. */
export function registrationPictures(full: RegistrationImages): RegistrationPictures {
  const display = displayed(full);
  const { xray, before, after, weight } = display.images;
  const first = compare(display, before);
  const last = compare(display, after);
  const single = {
    xray: greyPicture(xray, robustWindow(xray, weight), weight),
    drrBefore: greyPicture(before),
    drrAfter: greyPicture(after),
    fusionBefore: first.fusion,
    fusionAfter: last.fusion,
    edgesBefore: first.edges,
    edgesAfter: last.edges,
    differenceBefore: first.difference,
    differenceAfter: last.difference,
  };
  return { ...single, sheet: sheetOf(single) };
}
