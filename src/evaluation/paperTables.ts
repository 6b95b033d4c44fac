/** Mean and standard deviation as printed. */
export type MeanSd = readonly [mean: number, sd: number];

/** A row of the paper's Table 1: pooled over axes, failure rate by its own rule, seconds. */
export interface PaperTable1Row {
  readonly method: string;
  readonly rotationDeg: MeanSd;
  readonly translationMm: MeanSd;
  readonly failurePercent: number;
  readonly seconds: number | undefined;
}

/** Table 1 of the SOPI paper: simulation, 128^3 volumes, 256 x 256 images, timed on an RTX 3090. */
export const paperTable1: readonly PaperTable1Row[] = [
  {
    method: "Initial",
    rotationDeg: [6.4, 3.77],
    translationMm: [15.08, 8.56],
    failurePercent: 95.2,
    seconds: undefined,
  },
  {
    method: "opt-nccl",
    rotationDeg: [3.68, 3.18],
    translationMm: [5.79, 5.18],
    failurePercent: 38.2,
    seconds: 19.16,
  },
  {
    method: "opt-ngi",
    rotationDeg: [3.84, 3.32],
    translationMm: [5.92, 5.4],
    failurePercent: 50.6,
    seconds: 30.25,
  },
  {
    method: "opt-gc",
    rotationDeg: [3.73, 3.18],
    translationMm: [7.8, 7.25],
    failurePercent: 43.6,
    seconds: 18.74,
  },
  {
    method: "deep-reg",
    rotationDeg: [5.54, 3.83],
    translationMm: [13.21, 8.55],
    failurePercent: 74,
    seconds: 20.09,
  },
  {
    method: "sopi",
    rotationDeg: [1.89, 1.57],
    translationMm: [4.53, 3.54],
    failurePercent: 22.4,
    seconds: 4.64,
  },
];

/** A row of the paper's Table 2: which parts are present, errors pooled over axes. */
export interface PaperTable2Row {
  readonly rtpi: boolean;
  readonly compositeEncoder: boolean;
  readonly embeddedLoss: boolean;
  readonly rotationDeg: MeanSd;
  readonly translationMm: MeanSd;
}

/** Table 2 of the SOPI paper: ablation. Its last row disagrees with Table 1 by 0.12 mm, as printed. */
export const paperTable2: readonly PaperTable2Row[] = [
  {
    rtpi: true,
    compositeEncoder: false,
    embeddedLoss: true,
    rotationDeg: [5.42, 3.71],
    translationMm: [12.06, 8.89],
  },
  {
    rtpi: false,
    compositeEncoder: true,
    embeddedLoss: true,
    rotationDeg: [5.67, 3.72],
    translationMm: [11, 8.17],
  },
  {
    rtpi: true,
    compositeEncoder: false,
    embeddedLoss: false,
    rotationDeg: [3.42, 3.3],
    translationMm: [6.68, 4.18],
  },
  {
    rtpi: true,
    compositeEncoder: true,
    embeddedLoss: false,
    rotationDeg: [2.09, 2.46],
    translationMm: [4.53, 3.92],
  },
  {
    rtpi: true,
    compositeEncoder: true,
    embeddedLoss: true,
    rotationDeg: [1.89, 1.57],
    translationMm: [4.41, 3.54],
  },
];

/** A row of the paper's Table 3: X-rays of patients; errors per axis. */
export interface PaperTable3Row {
  readonly method: string;
  readonly distErrMm: number;
  readonly imageSimilarity: number;
  /** rx, ry, rz. */
  readonly rotationDeg: readonly [number, number, number];
  /** tx, ty, tz. */
  readonly translationMm: readonly [number, number, number];
  readonly seconds: number | undefined;
}

/** Table 3 of the SOPI paper. DistErr there comes from SURF descriptors and is no distance in mm. */
export const paperTable3: readonly PaperTable3Row[] = [
  row3("Initial", 0.036, 0.462, [8.66, 5.01, 4.52], [13.41, 16.13, 16.26]),
  row3("opt-nccl", 0.032, 0.962, [7.55, 2.4, 1.15], [7.1, 4.85, 3.1], 31.44),
  row3("opt-ngi", 0.036, 0.941, [7.75, 5, 1.3], [18.15, 4.8, 2.3], 48.64),
  row3("opt-gc", 0.027, 0.939, [4.7, 2.4, 1.6], [7.15, 3.15, 3], 40.14),
  row3("deep-reg", 0.017, 0.963, [6.8, 7.93, 4.07], [5.82, 6.67, 10.08], 20.08),
  row3("sopi", 0.02, 0.905, [2.83, 0.9, 0.88], [5.64, 1.5, 3.3], 4.67),
  row3("sopi+opt", 0.013, 0.955, [2.1, 0.47, 0.2], [1.93, 0.65, 0.45], 33.8),
];

function row3(
  method: string,
  distErrMm: number,
  imageSimilarity: number,
  rotationDeg: PaperTable3Row["rotationDeg"],
  translationMm: PaperTable3Row["translationMm"],
  seconds?: number,
): PaperTable3Row {
  return { method, distErrMm, imageSimilarity, rotationDeg, translationMm, seconds };
}

/** What others published on their own data: to be read beside, not to be compared digit by digit. */
export const literature: readonly { readonly source: string; readonly result: string }[] = [
  {
    source: "CMA-ES alone, as reported beside ProST",
    result: "median mTRE 5.4 mm, 49.4 % below 10 mm, 21.2 s",
  },
  { source: "ProST and CMA-ES, real X-rays", result: "2.2 mm, 73.2 %" },
  { source: "Grupp et al. 2020", result: "below 1 degree in 86 %, 7 s" },
  {
    source: "Jaganathan et al. 2021",
    result: "mRPD 0.60 \u00b1 0.40 mm, 97 % success, capture range 60 mm, 8 s",
  },
];
