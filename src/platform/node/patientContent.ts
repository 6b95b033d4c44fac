import { badInput } from "../../errors.ts";
import type { Volume } from "../../image/volume.ts";
import { contentCentreMm } from "../../networks/initialiserInput.ts";
import { prepareVolume, rigidContent, volumeAtSpacing } from "../../registration/prepareVolume.ts";
import type { TrainingContent } from "../../training/trainingVolumes.ts";

/** About the voxels of the phantoms that the initialiser was trained on. */
const spacingMm = 4;

/**
 * One patient's CT (HU) as a training run projects it, by the same steps as a registration; `mask` (non-zero = keep)
 * lies on its grid, and without one the bone stands in for what it would keep. X-rays are aimed at the
 * content's centre, near L3 where the CT shows the lumbar spine. Throws `bad-input` for labels in place of a CT
 * and for a CT without bone.
 */
export function patientContent(ct: Volume, mask?: Volume): TrainingContent {
  const fine = prepareVolume(ct);
  const rigid = rigidContent(fine);
  if (!rigid) {
    throw badInput({
      what: "CT",
      got: "no bone: less than 1 voxel in 2000 above 150 HU",
      expected: "a CT of bones in Hounsfield units",
    });
  }
  const bone = volumeAtSpacing(rigid, spacingMm);
  const segmented = mask ? volumeAtSpacing(prepareVolume(ct, { mask }), spacingMm) : bone;
  return {
    whole: volumeAtSpacing(fine, spacingMm),
    ...{ bone, segmented },
    mask: { ...segmented, data: segmented.data.map((value) => (value === 0 ? 0 : 1)), quantity: "label" },
    targetMm: contentCentreMm(segmented),
  };
}
