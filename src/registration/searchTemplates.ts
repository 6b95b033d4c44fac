import type { Camera } from "../geometry/camera.ts";
import type { Fourier2 } from "./fourier.ts";
import type { SearchRange } from "./globalSearch.ts";
import { type OrientationField, orientationField } from "./orientationField.ts";

/** The X-ray's orientation field, turned and scaled, ready to be correlated. */
export interface Template {
  readonly spectrum: OrientationField;
  readonly energy: number;
  /** Radians about the beam that a patient pose must be turned by to look like the X-ray. */
  readonly roll: number;
  /** How much larger than at the start pose the patient appears. */
  readonly magnification: number;
}

export interface Templates {
  readonly list: readonly Template[];
  /** Spectrum of the X-ray's live area, for the energy of the moving field under it. */
  readonly window: OrientationField;
  /** Largest shift of interest in search pixels. */
  readonly reachPx: number;
}

export interface TemplateInput {
  readonly camera: Camera;
  readonly searchCamera: Camera;
  readonly fixed: Float32Array;
  readonly weight: Float32Array;
  readonly fourier: Fourier2;
  readonly range: SearchRange;
  /** Depth of the isocentre from the source. */
  readonly depthMm: number;
}

const rollStepDeg = 7.5;
const magnificationStep = 0.07;

/** Every roll and magnification within range. */
export function createTemplates(input: TemplateInput): Templates {
  const { range, depthMm, searchCamera } = input;
  const rolls = steps((range.rotationDeg * Math.PI) / 180, (rollStepDeg * Math.PI) / 180);
  const logs = steps(Math.log(depthMm / Math.max(depthMm - range.depthMm, 0.3 * depthMm)), magnificationStep);
  const list: Template[] = [];
  for (const log of logs) {
    for (const roll of rolls) list.push(template(input, roll, Math.exp(log)));
  }
  const live = sampleXray(input, 0, 1).live;
  const window = { re: Float64Array.from(live), im: new Float64Array(live.length) };
  input.fourier.forward(window.re, window.im);
  const pitchAtDepth = (searchCamera.pixelSpacingMm[0] * depthMm) / searchCamera.sourceToDetectorMm;
  return { list, window, reachPx: range.inPlaneMm / pitchAtDepth };
}

function steps(range: number, step: number): number[] {
  const count = Math.round(range / step);
  return Array.from({ length: 2 * count + 1 }, (_, i) => (count === 0 ? 0 : ((i - count) * range) / count));
}

function template(input: TemplateInput, roll: number, magnification: number): Template {
  const { image, live } = sampleXray(input, roll, magnification);
  const side = input.fourier.side;
  const spectrum = orientationField(image, side, side, { weight: live });
  let energy = 0;
  for (let p = 0; p < image.length; p++) energy += spectrum.re[p]! ** 2 + spectrum.im[p]! ** 2;
  input.fourier.forward(spectrum.re, spectrum.im);
  return { spectrum, energy, roll, magnification };
}

/**
 * The X-ray on the search camera's grid after undoing roll and magnification: search position x shows X-ray
 * position m R(roll) x. Pixels are averaged over the search pixel's footprint.
 */
function sampleXray(
  input: TemplateInput,
  roll: number,
  magnification: number,
): { image: Float32Array; live: Float32Array } {
  const { camera, searchCamera, fixed, weight } = input;
  const { width: side } = searchCamera;
  const [c, s] = [Math.cos(roll) * magnification, Math.sin(roll) * magnification];
  const [du, dv] = camera.pixelSpacingMm;
  const pitch = searchCamera.pixelSpacingMm[0];
  const image = new Float32Array(side * side);
  const live = new Float32Array(side * side);
  const taps = Math.max(1, Math.min(8, Math.round((pitch * magnification) / Math.min(du, dv))));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let [sum, total] = [0, 0];
      for (let t = 0; t < taps * taps; t++) {
        const px = (x - (side - 1) / 2 + ((t % taps) + 0.5) / taps - 0.5) * pitch;
        const py = (y - (side - 1) / 2 + (Math.floor(t / taps) + 0.5) / taps - 0.5) * pitch;
        const u = Math.round((c * px - s * py) / du + camera.principalPointPx[0]);
        const v = Math.round((s * px + c * py) / dv + camera.principalPointPx[1]);
        if (u < 0 || v < 0 || u >= camera.width || v >= camera.height) continue;
        const p = v * camera.width + u;
        sum += weight[p]! * fixed[p]!;
        total += weight[p]!;
      }
      const p = y * side + x;
      image[p] = total > 0 ? sum / total : 0;
      live[p] = total >= 0.75 * taps * taps ? 1 : 0;
    }
  }
  return { image, live };
}
