import { badInput } from "../errors.ts";
import { type LabelScheme, countLabels, labelName, parseLabels } from "./labels.ts";
import { sameGrid } from "./grid.ts";
import { dilateMask } from "./morphology.ts";
import { resampleVolume } from "./resample.ts";
import { type Volume, createVolume } from "./volume.ts";
import { backgroundOf } from "./voxelData.ts";

/**
 * Binary mask (Uint8, 1 = selected) of the voxels that carry one of the labels: numbers, or text as
 * `parseLabels` takes it. Without `labels` every non-zero voxel. Throws when nothing is selected.
 */
export function selectLabels(
  labelMap: Volume,
  labels?: string | readonly number[],
  scheme: LabelScheme = "totalsegmentator",
): Volume {
  const wanted = typeof labels === "string" ? parseLabels(labels, scheme) : labels;
  const chosen = wanted && new Set(wanted);
  const { data } = labelMap;
  const mask = new Uint8Array(data.length);
  let selected = 0;
  for (let i = 0; i < mask.length; i++) {
    const label = data[i]!;
    if (chosen ? chosen.has(label) : label !== 0 && !Number.isNaN(label)) {
      mask[i] = 1;
      selected++;
    }
  }
  if (selected === 0) throw nothingSelected(labelMap, wanted, scheme);
  return createVolume({ ...labelMap, data: mask, quantity: "label" }, "Mask");
}

function nothingSelected(
  labelMap: Volume,
  wanted: readonly number[] | undefined,
  scheme: LabelScheme,
): Error {
  const present = [...countLabels(labelMap).keys()];
  const shown = present.slice(0, 40).map((label) => {
    const name = labelName(label, scheme);
    return name === String(label) ? name : `${label} (${name})`;
  });
  const rest = present.length > 40 ? ` and ${present.length - 40} more` : "";
  return badInput({
    what: "Mask",
    got: wanted ? `no voxel with label ${wanted.join(", ")}` : "only zeros",
    expected: shown.length > 0 ? `one of the labels present: ${shown.join(", ")}${rest}` : "a label map",
  });
}

export interface ApplyMaskOptions {
  /** Grow the mask by this many mm first. Default 0. */
  readonly dilateMm?: number;
  /** Value outside the mask. Default -1000 for HU, 0 otherwise. */
  readonly background?: number;
}

/** The mask on the volume's grid (nearest voxel where the grids differ), Uint8 0/1. */
export function maskOnGrid(mask: Volume, volume: Volume): Volume {
  const binary = { ...mask, data: mask.data.map((value) => (value ? 1 : 0)), quantity: "label" } as const;
  return sameGrid(mask, volume) ? binary : resampleVolume(binary, volume, { interpolation: "nearest" });
}

/** The volume with background wherever the mask is zero. Throws when mask and volume do not overlap. */
export function applyMask(volume: Volume, mask: Volume, options: ApplyMaskOptions = {}): Volume {
  const { dilateMm = 0, background = backgroundOf(volume.quantity) } = options;
  const fitted = maskOnGrid(mask, volume);
  const grown = dilateMm > 0 ? dilateMask(fitted, dilateMm) : fitted;
  const data = volume.data.slice();
  let kept = 0;
  for (let i = 0; i < data.length; i++) {
    if (grown.data[i]) kept++;
    else data[i] = background;
  }
  if (kept === 0) {
    throw badInput({
      what: "Mask",
      got: "no voxel of it inside the volume",
      expected: "a mask of the same patient in the same coordinates",
    });
  }
  return { ...volume, data };
}
