import type { Mat4 } from "../geometry/mat4.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import type { Volume } from "../image/volume.ts";
import { createNodeNetworks } from "../platform/node/networks.ts";
import type { Projector } from "../projector/projector.ts";
import type { SearchRange } from "../registration/searchRange.ts";
import { register } from "../registration/register.ts";
import type { InitialSource, RegistrationResult } from "../registration/result.ts";
import type { CommandContext } from "./context.ts";
import { type ExitCode, exitCodes } from "./exitCodes.ts";

/** One registration as the command line asks for it. */
export interface RegistrationJob {
  readonly volume: Volume;
  readonly radiograph: Radiograph;
  readonly geometry: ImagingGeometry;
  readonly projector: Projector;
  readonly method: string;
  readonly initial: Mat4 | "centre";
  /** Where the start came from, when not from a file or the centre. */
  readonly initialSource?: InitialSource;
  readonly seed: number;
  readonly mask?: Volume;
  readonly range?: SearchRange;
  readonly xrayKind?: RadiographKind;
  /** Weight file of the initialiser instead of the shipped one. */
  readonly initialiserPath?: string;
}

/** Registers with progress on stderr. */
export async function runRegistration(
  job: RegistrationJob,
  context: CommandContext,
): Promise<RegistrationResult> {
  const { volume, radiograph, geometry, projector, method, initial, seed } = job;
  const { mask, range, xrayKind, initialSource } = job;
  const progress = context.output.progress();
  const networks = createNodeNetworks(
    job.initialiserPath === undefined ? {} : { files: { rtpi: job.initialiserPath } },
  );
  try {
    return await register(volume, radiograph, geometry, {
      projector,
      method,
      initial,
      seed,
      networks,
      signal: context.signal,
      onStep: ({ fraction, stage, similarity }) => {
        const reached = Number.isFinite(similarity) ? `, similarity ${similarity.toFixed(3)}` : "";
        progress.update(fraction, `${stage}${reached}`);
      },
      ...(initialSource && { initialSource }),
      ...(mask && { mask }),
      ...(range && { range }),
      ...(xrayKind && { xrayKind }),
    });
  } finally {
    progress.done();
    await networks.dispose();
  }
}

/** A result is always written; the exit code says whether to trust it. */
export function exitCodeOfStatus(status: RegistrationResult["status"]): ExitCode {
  if (status === "converged") return exitCodes.ok;
  return status === "aborted" ? exitCodes.interrupted : exitCodes.notConverged;
}
