import { describe } from "vitest";
import { selectLabels } from "../src/image/mask.ts";
import { approximateSpineMask } from "../src/image/spine/approximateSpineMask.ts";
import type { Volume } from "../src/image/volume.ts";
import { readVolume } from "../src/io/readVolume.ts";
import { hasSharedData, loadShared } from "../src/io/sharedData.testkit.ts";
import { keptMeasurement } from "./keptMeasurement.ts";

/*
 * How well the spine mask that `sopi prepare` makes without a segmentation agrees with segmentations of the real CTs: Dice,
 * over the whole volume and over the slices that hold labels, and the time of a mask.
 */

const cases = [
  { ct: "ct_totalseg/example_ct.nii.gz", labels: "ct_totalseg/totalseg.nii.gz", by: "TotalSegmentator" },
  {
    ct: "ct_tptbox/sub-ct_label-22_ct.nii.gz",
    labels: "ct_tptbox/sub-ct_seg-vert_label-22_msk.nii.gz",
    by: "TPTBox",
  },
] as const;

/** 2 |A and B| / (|A| + |B|) over the voxels where `counts` holds. */
function dice(a: Volume, b: Volume, counts: (p: number) => boolean): number {
  let [both, sum] = [0, 0];
  for (let p = 0; p < a.data.length; p++) {
    if (!counts(p)) continue;
    const [x, y] = [a.data[p] ? 1 : 0, b.data[p] ? 1 : 0];
    both += x & y;
    sum += x + y;
  }
  return Number(((2 * both) / sum).toFixed(3));
}

/** The voxels at heights (coordinate along the longest axis towards the head) that hold a label. */
function labelledHeights({ data, size, worldFromVoxel: m }: Volume): (p: number) => boolean {
  const axis = [0, 1, 2].reduce((best, a) => (Math.abs(m[8 + a]!) > Math.abs(m[8 + best]!) ? a : best), 0);
  const stride = axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
  const height = (p: number): number => Math.floor(p / stride) % size[axis]!;
  const labelled = new Set<number>();
  data.forEach((value: number, p: number) => void (value && labelled.add(height(p))));
  return (p) => labelled.has(height(p));
}

async function measure(): Promise<object[]> {
  const rows: object[] = [];
  for (const { ct, labels, by } of cases) {
    const { volume } = await readVolume(loadShared(ct), { quantity: "hu" });
    const truth = selectLabels((await readVolume(loadShared(labels), { quantity: "label" })).volume);
    const start = performance.now();
    const mask = approximateSpineMask(volume);
    const ms = Math.round(performance.now() - start);
    rows.push({
      ...{ ct, segmentedBy: by, voxels: volume.size, ms },
      dice: dice(mask, truth, () => true),
      diceAtLabelledHeights: dice(mask, truth, labelledHeights(truth)),
    });
  }
  return rows;
}

describe.skipIf(!hasSharedData)("the approximate spine mask", () => {
  keptMeasurement("against segmentations", "spineMask", measure);
});
