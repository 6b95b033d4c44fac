import type { ImagingGeometry } from "../geometry/presets.ts";
import type { Radiograph } from "../image/radiograph.ts";
import type { Volume } from "../image/volume.ts";
import type { Networks } from "../networks/networks.ts";
import type { Projector } from "../projector/projector.ts";
import type { RegisterOptions } from "../registration/register.ts";
import type { EvaluationCase } from "./cases.ts";
import type { ProtocolMethod } from "./protocolTypes.ts";

/** The arguments of `register`, and nothing else: all that a method under test ever sees. */
export interface RegistrationTask {
  readonly volume: Volume;
  readonly radiograph: Radiograph;
  readonly geometry: ImagingGeometry;
  readonly options: RegisterOptions;
}

export interface RegistrationTaskInput {
  readonly evaluationCase: Pick<EvaluationCase, "view" | "startCamera" | "registrationSeed">;
  readonly method: ProtocolMethod;
  readonly geometry: ImagingGeometry;
  readonly volume: Volume;
  readonly mask: Volume | undefined;
  readonly radiograph: Radiograph;
  readonly projector: Projector;
  /** Trained networks; absent when the method needs none. */
  readonly networks?: Networks | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * What a method may see of a case. Every object is made here, from values, and frozen; of the case only the
 * start pose, the view and the method's own seed go in, so nothing leads back to the truth.
 */
export function registrationTask(input: RegistrationTaskInput): RegistrationTask {
  const { evaluationCase, method, geometry, volume, mask, radiograph, projector, signal } = input;
  const { view, startCamera, registrationSeed } = evaluationCase;
  const { camera, sourceToIsocentreMm } = geometry;
  const { data, width, height, kind, pixelSpacingMm } = radiograph;
  return Object.freeze({
    volume: bareVolume(volume),
    radiograph: Object.freeze({
      data: data.slice(),
      width,
      height,
      kind,
      ...(pixelSpacingMm && { pixelSpacingMm }),
    }),
    geometry: Object.freeze({ camera: Object.freeze({ ...camera }), sourceToIsocentreMm, view }),
    options: Object.freeze({
      projector,
      method: method.name,
      initial: startCamera === "centre" ? startCamera : Object.freeze([...startCamera]),
      seed: registrationSeed,
      ...(method.range !== undefined && { range: method.range }),
      ...(method.initialiser && { initialiser: method.initialiser }),
      ...(input.networks && { networks: Object.freeze({ ...input.networks }) }),
      ...(mask && { mask: bareVolume(mask) }),
      ...(signal && { signal }),
    }),
  });
}

/** The volume with the fields of the interface only. */
function bareVolume({ data, size, worldFromVoxel, quantity }: Volume): Volume {
  return Object.freeze({ data, size, worldFromVoxel, quantity });
}
