import { binCamera } from "../geometry/camera.ts";
import { gaussianBlur } from "../image/filters/gaussian.ts";
import type { SimilarityFactory } from "../similarity/similarity.ts";
import { type Level, binningFor, createLevel, pitchAtIsocentre } from "./level.ts";
import type { MethodInput } from "./method.ts";
import type { Content } from "./preparedCt.ts";
import type { PreparedXray } from "./prepareXray.ts";
import type { ProjectorVolume } from "../projector/projector.ts";

/** Longer detector side in pixels at each resolution. */
export const levelSizes = { coarse: 64, medium: 128, fine: 256 } as const;
export type LevelName = keyof typeof levelSizes;

/**
 * Blur of the X-ray in pixels against quantum noise. Only the X-ray is blurred: noise is only there, and a
 * symmetric blur moves no edge.
 */
const denoiseSigmaPx = { coarse: 0, medium: 0.7, fine: 1.2 } as const;

/** The resolutions of one registration, made on first use. */
export interface Levels {
  get(name: LevelName, similarity: SimilarityFactory, content: Content): Level;
  volume(name: LevelName, content: Content): ProjectorVolume;
}

/** Volume and X-ray at matching resolution: voxels about as large as a pixel's footprint at the isocentre. */
export function createLevels(input: MethodInput, xray: PreparedXray): Levels {
  const levels = new Map<string, Level>();
  const binning = (name: LevelName): number => binningFor(input.camera, levelSizes[name]);
  const volume = (name: LevelName, content: Content): ProjectorVolume => {
    const pitch = pitchAtIsocentre(input.camera, input.frame.sourceToIsocentreMm, binning(name));
    return input.ct.loaded(content, pitch);
  };
  return {
    volume,
    get(name, similarity, content) {
      const key = `${name} ${similarity.name} ${content}`;
      const known = levels.get(key);
      if (known) return known;
      const factor = binning(name);
      const camera = binCamera(input.camera, factor);
      const { fixed, weight } = denoised(
        binned(xray, factor),
        camera.width,
        camera.height,
        denoiseSigmaPx[name],
      );
      const level = createLevel({
        ...{ projector: input.projector, volume: volume(name, content), camera, fixed, weight, similarity },
      });
      levels.set(key, level);
      return level;
    },
  };
}

/** Mean of live pixels in blocks; a binned pixel counts when at least three quarters of it are live. */
function binned(xray: PreparedXray, factor: number): { fixed: Float32Array; weight: Float32Array } {
  if (factor === 1) return { fixed: xray.lineIntegral, weight: xray.weight };
  const width = Math.floor(xray.width / factor);
  const height = Math.floor(xray.height / factor);
  const fixed = new Float32Array(width * height);
  const weight = new Float32Array(width * height);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = y * xray.width + x;
      const to = Math.floor(y / factor) * width + Math.floor(x / factor);
      fixed[to]! += xray.weight[from]! * xray.lineIntegral[from]!;
      weight[to]! += xray.weight[from]!;
    }
  }
  for (let p = 0; p < fixed.length; p++) {
    if (weight[p]! > 0) fixed[p]! /= weight[p]!;
    weight[p] = weight[p]! >= 0.75 * factor * factor ? 1 : 0;
  }
  return { fixed, weight };
}

function denoised(
  { fixed, weight }: { fixed: Float32Array; weight: Float32Array },
  width: number,
  height: number,
  sigma: number,
): { fixed: Float32Array; weight: Float32Array } {
  if (sigma === 0) return { fixed, weight };
  const sum = gaussianBlur(
    fixed.map((value, p) => value * weight[p]!),
    width,
    height,
    sigma,
  );
  const share = gaussianBlur(weight, width, height, sigma);
  return { fixed: sum.map((value, p) => (weight[p]! > 0 ? value / share[p]! : 0)), weight };
}
