import { binCamera } from "../geometry/camera.ts";
import type { SimilarityFactory } from "../similarity/similarity.ts";
import { type Level, binningFor, createLevel, pitchAtIsocentre } from "./level.ts";
import type { MethodInput } from "./method.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { volumeAtSpacing } from "./prepareVolume.ts";
import type { ProjectorVolume } from "../projector/projector.ts";

/** Longer detector side in pixels at each resolution. */
export const levelSizes = { coarse: 64, medium: 128, fine: 256 } as const;
export type LevelName = keyof typeof levelSizes;

/** The resolutions of one registration, made on first use; `dispose` frees their volumes. */
export interface Levels {
  get(name: LevelName, similarity: SimilarityFactory): Level;
  volume(name: LevelName): ProjectorVolume;
  evaluations(): number;
  dispose(): void;
}

/** Volume and X-ray at matching resolution: voxels about as large as a pixel's footprint at the isocentre. */
export function createLevels(input: MethodInput, xray: PreparedXray): Levels {
  const volumes = new Map<LevelName, ProjectorVolume>();
  const levels = new Map<string, Level>();
  const binning = (name: LevelName): number => binningFor(input.camera, levelSizes[name]);
  const volume = (name: LevelName): ProjectorVolume => {
    const known = volumes.get(name);
    if (known) return known;
    const pitch = pitchAtIsocentre(input.camera, input.frame.sourceToIsocentreMm, binning(name));
    const loaded = input.projector.load(volumeAtSpacing(input.volume, pitch));
    volumes.set(name, loaded);
    return loaded;
  };
  return {
    volume,
    get(name, similarity) {
      const key = `${name} ${similarity.name}`;
      const known = levels.get(key);
      if (known) return known;
      const factor = binning(name);
      const { fixed, weight } = binned(xray, factor);
      const camera = binCamera(input.camera, factor);
      const level = createLevel({
        ...{ projector: input.projector, volume: volume(name), camera, fixed, weight, similarity },
      });
      levels.set(key, level);
      return level;
    },
    evaluations: () => [...levels.values()].reduce((sum, level) => sum + level.evaluations(), 0),
    dispose: () => volumes.forEach((loaded) => loaded.dispose()),
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
