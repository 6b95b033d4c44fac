import type { Random } from "../../random.ts";
import type { SpineVariation } from "./variation.ts";

/**
 * Dimensions of one vertebra and of the disc below it, in mm. Averages are rounded from Panjabi et
 * al. (Spine 16:888, 1991, thoracic; Spine 17:299, 1992, lumbar) and, for the arch, from Zindrick et
 * al. (Spine 12:160, 1987) and common radiological ranges.
 */
export interface LevelMorphometry {
  readonly name: string;
  /** TotalSegmentator's number. */
  readonly label: number;
  readonly heightAnterior: number;
  readonly heightPosterior: number;
  readonly widthUpper: number;
  readonly widthLower: number;
  readonly depthUpper: number;
  readonly depthLower: number;
  readonly pedicleWidth: number;
  readonly pedicleHeight: number;
  /** Width and depth of the canal. */
  readonly canalWidth: number;
  readonly canalDepth: number;
  /** Tip to tip of the transverse processes. */
  readonly transverseSpan: number;
  /** From the back of the canal to the tip of the spinous process, and its height. */
  readonly spinousLength: number;
  readonly spinousHeight: number;
  /** Distance of the facet joints (of the joint below) from the midline. */
  readonly facetOffset: number;
  /** Angle of the facet joint below to the sagittal plane, degrees. */
  readonly facetAngleDeg: number;
  /** Height of the disc below, in its middle. */
  readonly discHeight: number;
  /** L5 whose transverse processes have grown into the sacral wings. */
  readonly fusedWings?: boolean;
}

type Row = readonly number[];
const columns = [
  ...["heightAnterior", "heightPosterior", "widthUpper", "widthLower", "depthUpper", "depthLower"],
  ...["pedicleWidth", "pedicleHeight", "canalWidth", "canalDepth", "transverseSpan", "spinousLength"],
  ...["spinousHeight", "facetOffset", "facetAngleDeg", "discHeight"],
] as const;

const averages: readonly (readonly [string, number, Row])[] = [
  //             hA    hP    wU    wL    dU    dL    pW    pH    cW    cD    TP  spL spH  fO   fA   disc
  ["T9", 35, [20.0, 20.6, 31.0, 33.5, 29.5, 30.5, 6.8, 13.5, 18.5, 15.5, 58, 34, 14, 11.0, 80, 4.8]],
  ["T10", 34, [21.0, 21.6, 32.5, 35.5, 30.5, 31.5, 7.6, 14.8, 18.5, 15.5, 56, 31, 16, 11.5, 78, 5.2]],
  ["T11", 33, [21.6, 22.6, 35.0, 39.0, 31.5, 32.0, 8.8, 16.8, 19.5, 16.0, 50, 27, 19, 12.5, 70, 6.0]],
  ["T12", 32, [23.6, 24.8, 39.0, 42.0, 32.5, 33.2, 8.8, 16.4, 21.5, 17.5, 46, 26, 22, 13.0, 28, 7.2]],
  ["L1", 31, [25.6, 26.4, 41.5, 43.5, 33.5, 34.2, 8.4, 15.8, 23.0, 17.8, 72, 29, 24, 14.0, 27, 8.4]],
  ["L2", 30, [26.6, 26.6, 43.0, 45.5, 34.2, 34.6, 8.8, 15.2, 23.4, 17.4, 80, 31, 26, 15.0, 31, 9.8]],
  ["L3", 29, [27.2, 26.4, 45.0, 48.0, 34.8, 34.8, 10.6, 14.8, 24.0, 17.0, 92, 32, 26, 16.5, 38, 10.8]],
  ["L4", 28, [27.4, 25.6, 47.5, 50.0, 35.2, 34.8, 13.6, 14.8, 25.2, 17.6, 88, 29, 24, 19.0, 46, 11.8]],
  ["L5", 27, [28.2, 23.4, 49.5, 50.5, 35.0, 34.0, 17.6, 15.6, 27.0, 18.4, 90, 23, 18, 22.5, 54, 10.8]],
  ["S1", 26, [30.0, 25.0, 50.0, 36.0, 33.5, 24.0, 20.0, 20.0, 30.0, 15.0, 0, 16, 16, 0, 0, 0]],
];

/** The label of the sacrum below S1 in TotalSegmentator's numbering. */
export const sacrumLabel = 25;

type Column = (typeof columns)[number];
type Kind = "height" | "width" | "disc" | "angle";

function kindOf(column: Column): Kind {
  if (column === "discHeight") return "disc";
  if (column === "facetAngleDeg") return "angle";
  return /[hH]eight/.test(column) ? "height" : "width";
}

/** Row of L1 in the table. */
const firstLumbar = 4;

/** Individual dimensions of T9 to S1, top to bottom. */
export function sampleMorphometry(random: Random, variation: SpineVariation): LevelMorphometry[] {
  const degenerate = random.integer(5);
  const narrowing = random.uniform(0.35, 1);
  const shared = columns.map(() => random.normal());
  return averages.map(([name, label, row], level) => {
    const local = random.fork(`level ${name}`);
    const own = columns.map(() => local.normal());
    const collapsed = level - firstLumbar === degenerate ? narrowing : 1;
    const factors: Record<Kind, number> = {
      height: variation.heightFactor * variation.skeletonScale,
      width: variation.widthFactor * variation.skeletonScale,
      disc: variation.skeletonScale * discRatio(variation, collapsed),
      angle: 1,
    };
    const value = (column: Column): number => {
      const c = columns.indexOf(column);
      return row[c]! * (1 + 0.025 * shared[c]! + 0.015 * own[c]!) * factors[kindOf(column)];
    };
    return { name, label, ...dimensions(value) };
  });
}

function dimensions(value: (column: Column) => number): Record<Column, number> {
  return Object.fromEntries(columns.map((column) => [column, value(column)])) as Record<Column, number>;
}

/** Disc height ratio; only worn spines have one collapsed level. */
function discRatio(variation: SpineVariation, narrowing: number): number {
  const worn = variation.discFactor < 0.95;
  return variation.discFactor * (worn ? narrowing : 1);
}
