import type { Vec3 } from "../geometry/vec3.ts";
import type { Volume } from "../image/volume.ts";
import { contentCentreMm } from "../networks/initialiserInput.ts";
import type { Projector, ProjectorVolume } from "../projector/projector.ts";
import { type PrepareVolumeOptions, prepareVolume, rigidContent, volumeAtSpacing } from "./prepareVolume.ts";

/** What of a CT is projected: all of it, or what stays rigid between CT and X-ray. */
export type Content = "all" | "rigid";

/**
 * A CT ready for any number of X-rays: what follows from the CT alone is made once, on first use, and kept until
 * `dispose`, after which it cannot be used. One registration at a time.
 */
export interface PreparedCt {
  /** The CT as it was given. */
  readonly volume: Volume;
  /** Renders its DRRs; every registration with this CT must be given the same one. */
  readonly projector: Projector;
  /** Attenuation in 1/mm, or excess attenuation inside a mask. */
  readonly attenuation: Volume;
  /** Bone alone, which stays rigid; absent when the volume is masked already or has no bone. */
  readonly rigid?: Volume;
  /** What surely moves as one: bone alone where it is known, else all there is. */
  readonly moving: Volume;
  /** Where the lumbar spine is, as far as what moves shows it (world mm). */
  readonly centreMm: Vec3;
  /** A content with voxels of about a spacing, loaded into the projector. */
  loaded(content: Content, spacingMm: number): ProjectorVolume;
  /** What else follows from the CT, by a key that names it. */
  derived<T>(key: string, make: () => T): T;
  dispose(): void;
}

export interface PrepareCtOptions extends PrepareVolumeOptions {
  readonly projector: Projector;
}

/**
 * Prepares a CT (HU, or attenuation in 1/mm) for `register`. Before an operation this takes the work off every
 * registration that does not depend on its X-ray. Throws `bad-input` for a volume that cannot be projected.
 */
export function prepareCt(volume: Volume, options: PrepareCtOptions): PreparedCt {
  const { projector, mask, attenuation: curve } = options;
  const attenuation = prepareVolume(volume, options);
  const rigid = mask ? undefined : rigidContent(attenuation, curve);
  const moving = rigid ?? attenuation;
  const known = new Map<string, unknown>();
  const loaded = new Map<Volume, ProjectorVolume>();
  let disposed = false;

  function derived<T>(key: string, make: () => T): T {
    if (disposed) throw new RangeError("this prepared CT was disposed of");
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as T;
  }

  return {
    ...{ volume, projector, attenuation, moving, derived },
    ...(rigid && { rigid }),
    get centreMm() {
      return derived("centre", () => contentCentreMm(moving));
    },
    loaded(content, spacingMm) {
      const source = content === "rigid" ? moving : attenuation;
      const name = source === moving ? "rigid" : "all";
      const coarse = derived(`${name} at ${spacingMm} mm`, () => volumeAtSpacing(source, spacingMm));
      // A coarse CT is its own copy at several spacings.
      const there = loaded.get(coarse) ?? projector.load(coarse);
      loaded.set(coarse, there);
      return there;
    },
    dispose() {
      disposed = true;
      for (const one of loaded.values()) one.dispose();
      loaded.clear();
      known.clear();
    },
  };
}

export function isPreparedCt(ct: Volume | PreparedCt): ct is PreparedCt {
  return "derived" in ct;
}
