import type { Mat4 } from "../geometry/mat4.ts";
import type { Radiograph } from "../image/radiograph.ts";
import type { Volume } from "../image/volume.ts";
import type { Projector } from "../projector/projector.ts";
import { prepareVolume } from "../registration/prepareVolume.ts";
import { prepareXray } from "../registration/prepareXray.ts";
import type { RegistrationResult } from "../registration/result.ts";
import type { RegistrationImages } from "./pictures/registrationPictures.ts";

/** What was registered, as it was given to `register`. */
export interface RegisteredPair {
  readonly volume: Volume;
  readonly radiograph: Radiograph;
  /** Voxels that were compared (non-zero = keep), on the volume's grid. */
  readonly mask?: Volume;
}

/** What of a result decides its pictures. */
export interface ShownPoses extends Pick<RegistrationResult, "camera" | "cameraFromWorld"> {
  readonly initial: { readonly cameraFromWorld: Mat4 };
  readonly xray: { readonly logTransformed: boolean };
}

/** The X-ray as the registration read it, and the DRRs at its start and at its result; full detector size. */
export function registrationImages(
  pair: RegisteredPair,
  result: ShownPoses,
  projector: Projector,
): RegistrationImages {
  const { camera } = result;
  const { width, height } = camera;
  const kind = result.xray.logTransformed ? "intensity" : "line-integral";
  const xray = prepareXray(pair.radiograph, { kind });
  const loaded = projector.load(prepareVolume(pair.volume, pair.mask ? { mask: pair.mask } : {}));
  const drr = (cameraFromWorld: Mat4): RegistrationImages["before"] => ({
    data: projector.drr(loaded, camera, cameraFromWorld),
    width,
    height,
  });
  const images = {
    xray: { data: xray.lineIntegral, width, height },
    weight: xray.weight,
    before: drr(result.initial.cameraFromWorld),
    after: drr(result.cameraFromWorld),
  };
  loaded.dispose();
  return images;
}
