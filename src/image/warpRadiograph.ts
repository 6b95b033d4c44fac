import { badInput } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import { type AxisMap, type AxisTaps, applyTaps, areaTaps } from "./axisTaps.ts";
import { type Radiograph, createRadiograph } from "./radiograph.ts";

export interface WarpedRadiograph {
  readonly radiograph: Radiograph;
  /** 1 where the ray of the target pixel meets the source detector, 0 elsewhere (width x height of the target). */
  readonly valid: Uint8Array;
}

export interface WarpOptions {
  /** Value of pixels that no source pixel covers. Default 0. */
  readonly background?: number;
}

/**
 * The X-ray as another detector behind the same source would see it: a pure change of K. Both cameras share source
 * and axes, so a pixel of one ray has u' = (u - cu) (du / SDD) (SDD' / du') + cu' and likewise for v: a scale and a
 * shift of columns and of rows. Coarser target pixels average what they cover, finer ones are bilinear.
 */
export function warpRadiograph(
  radiograph: Radiograph,
  from: Camera,
  to: Camera,
  options: WarpOptions = {},
): WarpedRadiograph {
  if (radiograph.width !== from.width || radiograph.height !== from.height) {
    throw badInput({
      what: "Warp of an X-ray",
      got: `${radiograph.width} x ${radiograph.height} pixels`,
      expected: `${from.width} x ${from.height} as its camera says`,
      todo: "Give the geometry that belongs to this image",
    });
  }
  const { background = 0 } = options;
  const columns = areaTaps(axisMap(from, to, 0));
  const rows = areaTaps(axisMap(from, to, 1));
  const alongRows = new Float32Array(to.width * from.height);
  const pass = { readBias: background, writeBias: 0 };
  applyTaps(columns, { ...pass, input: radiograph.data, output: alongRows, inner: 1, outer: from.height });
  const data = new Float32Array(to.width * to.height);
  applyTaps(rows, {
    input: alongRows,
    output: data,
    inner: to.width,
    outer: 1,
    readBias: 0,
    writeBias: background,
  });
  const warped: Radiograph = {
    data,
    width: to.width,
    height: to.height,
    kind: radiograph.kind,
    pixelSpacingMm: to.pixelSpacingMm,
  };
  return { radiograph: createRadiograph(warped, "Warped X-ray"), valid: validity(columns, rows) };
}

/** Source position of target pixel i along one axis (0 = columns, 1 = rows) as offset + step i. */
function axisMap(from: Camera, to: Camera, axis: 0 | 1): AxisMap {
  const slope = (camera: Camera): number => camera.pixelSpacingMm[axis] / camera.sourceToDetectorMm;
  const step = slope(to) / slope(from);
  return {
    inputLength: axis === 0 ? from.width : from.height,
    outputLength: axis === 0 ? to.width : to.height,
    offset: from.principalPointPx[axis] - step * to.principalPointPx[axis],
    step,
  };
}

function validity(columns: AxisTaps, rows: AxisTaps): Uint8Array {
  const covered = (taps: AxisTaps, i: number): boolean => taps.start[i + 1]! > taps.start[i]!;
  const valid = new Uint8Array(columns.outputLength * rows.outputLength);
  for (let v = 0; v < rows.outputLength; v++) {
    if (!covered(rows, v)) continue;
    for (let u = 0; u < columns.outputLength; u++) {
      if (covered(columns, u)) valid[v * columns.outputLength + u] = 1;
    }
  }
  return valid;
}
