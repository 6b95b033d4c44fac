import { enlargeImage, enlargeWeight } from "./enlarge.ts";
import { type EdgeOverlayOptions, differencePicture, edgeOverlay, fusionPicture } from "./overlays.ts";
import { greyPicture, robustWindow } from "./intensityWindow.ts";
import type { Picture, ScalarImage } from "./picture.ts";
import { pictureSheet } from "./sheet.ts";

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

/** Pictures are enlarged by whole factors until the longer side has about this many pixels. */
const wantedSide = 512;

/** A pixel this near to the end of the DRR is no anatomy but the border of the CT. */
const borderPx = 2;

/** 1 where the X-ray counts and the DRR is away from its own border; all ones when nothing is left. */
export function comparisonMask(drr: ScalarImage, weight?: Float32Array): Float32Array {
  const { data, width, height } = drr;
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && data[y * width + x]! !== 0;
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

/** Fusion, edges and difference of the X-ray with one DRR, enlarged. */
function compare(
  images: RegistrationImages,
  drr: ScalarImage,
  factor: number,
): { fusion: Picture; edges: Picture; difference: Picture } {
  const { width, height } = images.xray;
  const large = (image: ScalarImage): ScalarImage => enlargeImage(image, factor);
  const weight = enlargeWeight(comparisonMask(drr, images.weight), width, height, factor);
  const xray = large(images.xray);
  const shown = large(drr);
  const edgeOptions: EdgeOverlayOptions = {
    sigmaPx: Math.max(1.2, 1.1 * factor),
    weight,
    window: robustWindow(images.xray, images.weight),
  };
  return {
    fusion: fusionPicture(xray, shown, weight),
    edges: edgeOverlay(xray, shown, edgeOptions),
    difference: differencePicture(xray, shown, { weight }),
  };
}

/** All pictures of a registration from its X-ray and the DRRs before and after. */
export function registrationPictures(images: RegistrationImages): RegistrationPictures {
  const { width, height } = images.xray;
  const factor = Math.max(1, Math.round(wantedSide / Math.max(width, height)));
  const before = compare(images, images.before, factor);
  const after = compare(images, images.after, factor);
  const grey = (image: ScalarImage, weight?: Float32Array): Picture =>
    greyPicture(enlargeImage(image, factor), robustWindow(image, weight));
  const single = {
    xray: grey(images.xray, images.weight),
    drrBefore: grey(images.before),
    drrAfter: grey(images.after),
  };
  const sheet = pictureSheet(
    [
      { picture: single.xray, caption: "X-ray" },
      { picture: before.fusion, caption: "Before: X-ray red, DRR cyan" },
      { picture: before.edges, caption: "Before: DRR edges on X-ray" },
      { picture: before.difference, caption: "Before: X-ray minus DRR" },
      { picture: single.drrAfter, caption: "DRR at the pose found" },
      { picture: after.fusion, caption: "After: X-ray red, DRR cyan" },
      { picture: after.edges, caption: "After: DRR edges on X-ray" },
      { picture: after.difference, caption: "After: X-ray minus DRR" },
    ],
    { columns: 4 },
  );
  return {
    ...single,
    fusionBefore: before.fusion,
    fusionAfter: after.fusion,
    edgesBefore: before.edges,
    edgesAfter: after.edges,
    differenceBefore: before.difference,
    differenceAfter: after.difference,
    sheet,
  };
}
