import { planCases } from "../../../evaluation/cases.ts";
import type { CaptionedPicture } from "../../../evaluation/evaluationReport.ts";
import { registrationPictures } from "../../../evaluation/pictures/registrationPictures.ts";
import type { RegistrationPictures } from "../../../evaluation/pictures/registrationPictures.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../../../evaluation/record.ts";
import { registrationImages } from "../../../evaluation/registrationImages.ts";
import { throwIfAborted } from "../../../errors.ts";
import { type CaseRunner, type LoadedCase, createCaseRunner } from "./caseRunner.ts";

/** Pictures of an evaluation, rendered from its records; nothing is registered again. */
export interface Gallery {
  /** Fusion of the first cases of each row by every method. */
  readonly sideBySide: readonly CaptionedPicture[];
  /** Edges of the results with the largest mTRE. */
  readonly worst: readonly CaptionedPicture[];
}

export interface GalleryOptions {
  readonly protocol: Protocol;
  readonly records: readonly RegistrationRecord[];
  readonly folder: string;
  readonly threads: number;
  /** Cases of each row shown side by side. */
  readonly perRow: number;
  /** Results shown among the worst. */
  readonly worst: number;
  readonly signal?: AbortSignal | undefined;
}

type WithResult = RegistrationRecord & { readonly result: NonNullable<RegistrationRecord["result"]> };

const hasResult = (record: RegistrationRecord): record is WithResult => record.result !== null;

function draw(record: WithResult, loaded: LoadedCase, runner: CaseRunner): RegistrationPictures {
  const { subject, radiograph, mask, geometry } = loaded;
  const { cameraFromWorld } = record.result;
  const initial = record.startCamera === "centre" ? cameraFromWorld : record.startCamera;
  const shown = {
    ...{ camera: geometry.camera, cameraFromWorld, initial: { cameraFromWorld: initial } },
    xray: { logTransformed: radiograph.kind !== "line-integral" },
  };
  const pair = { volume: subject.ct, radiograph, ...(mask && { mask }) };
  return registrationPictures(registrationImages(pair, shown, runner.projector));
}

/** Renders the gallery; one case is loaded at a time. */
export async function renderGallery(options: GalleryOptions): Promise<Gallery> {
  const { protocol, perRow, signal } = options;
  const records = options.records.filter(hasResult).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const first = records.filter((record) => record.index < perRow);
  const worst = records
    .toSorted((a, b) => b.result.errors.mtreMm - a.result.errors.mtreMm)
    .slice(0, options.worst);
  const runner = await createCaseRunner(options);
  try {
    const picture = async (record: WithResult): Promise<RegistrationPictures> => {
      throwIfAborted(signal);
      const row = protocol.rows.find((one) => one.name === record.row)!;
      const plan = planCases({ ...protocol, cases: record.index + 1 }, row)[record.index]!;
      return draw(record, await runner.load(plan), runner);
    };
    const caption = ({ id, result }: WithResult): string =>
      `${id}: mTRE ${result.errors.mtreMm.toFixed(2)} mm`;
    const sideBySide: CaptionedPicture[] = [];
    for (const record of first) {
      sideBySide.push({ picture: (await picture(record)).fusionAfter, caption: caption(record) });
    }
    const farthest: CaptionedPicture[] = [];
    for (const record of worst) {
      farthest.push({ picture: (await picture(record)).edgesAfter, caption: caption(record) });
    }
    return { sideBySide, worst: farthest };
  } finally {
    await runner.dispose();
  }
}
