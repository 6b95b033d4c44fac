import { planCases } from "../../../evaluation/cases.ts";
import type { CaptionedPicture, CaseStrip } from "../../../evaluation/evaluationReport.ts";
import {
  type Picture,
  createPicture,
  placePicture,
  shrinkPicture,
} from "../../../evaluation/pictures/picture.ts";
import { registrationPictures } from "../../../evaluation/pictures/registrationPictures.ts";
import type { RegistrationPictures } from "../../../evaluation/pictures/registrationPictures.ts";
import { methodLabel } from "../../../evaluation/protocol.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../../../evaluation/record.ts";
import { registrationImages } from "../../../evaluation/registrationImages.ts";
import { throwIfAborted } from "../../../errors.ts";
import { type CaseRunner, type LoadedCase, createCaseRunner } from "./caseRunner.ts";

/** Pictures of an evaluation, rendered from its records; nothing is registered again. */
export interface Gallery {
  /** X-ray and start, then DRR and fusion by every method, of the first cases of each row. */
  readonly sideBySide: readonly CaseStrip[];
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

/** Wide enough for a column of the page on a sharp screen. */
const thumbnailPx = 256;

const thumbnail = (picture: Picture): Picture =>
  shrinkPicture(picture, Math.floor(picture.width / thumbnailPx));

/** One picture above the other. */
function stacked(...pair: readonly [Picture, Picture]): Picture {
  const [upper, lower] = pair.map(thumbnail) as [Picture, Picture];
  const both = createPicture(Math.max(upper.width, lower.width), upper.height + lower.height);
  placePicture(both, upper, 0, 0);
  placePicture(both, lower, 0, upper.height);
  return both;
}

/** Renders the gallery; one case is loaded at a time. */
export async function renderGallery(options: GalleryOptions): Promise<Gallery> {
  const { protocol, perRow, signal } = options;
  const records = options.records.filter(hasResult).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const cases = new Map<string, WithResult[]>();
  for (const record of records.filter(({ index }) => index < perRow)) {
    const title = record.id.slice(0, record.id.lastIndexOf("/"));
    cases.set(title, [...(cases.get(title) ?? []), record]);
  }
  const inOrder = protocol.methods.map(methodLabel);
  // Methods of other programs come last.
  const place = ({ method }: WithResult): number => inOrder.indexOf(method) + 1 || inOrder.length + 1;
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
    const errorOf = ({ result }: WithResult): string => `mTRE ${result.errors.mtreMm.toFixed(2)} mm`;
    const sideBySide: CaseStrip[] = [];
    for (const [title, ofCase] of cases) {
      const pictures: CaptionedPicture[] = [];
      for (const record of ofCase.toSorted((a, b) => place(a) - place(b))) {
        const made = await picture(record);
        if (pictures.length === 0) {
          pictures.push({ picture: stacked(made.xray, made.fusionBefore), caption: "X-ray; start" });
        }
        const caption = `${record.method}: ${errorOf(record)}`;
        pictures.push({ picture: stacked(made.drrAfter, made.fusionAfter), caption });
      }
      sideBySide.push({ title, pictures });
    }
    // Drawn volume by volume, for volumes take longest to load; shown worst first.
    const edges = new Map<WithResult, Picture>();
    for (const record of worst.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))) {
      edges.set(record, thumbnail((await picture(record)).edgesAfter));
    }
    const farthest = worst.map((record) => ({
      picture: edges.get(record)!,
      caption: `${record.id}: ${errorOf(record)}`,
    }));
    return { sideBySide, worst: farthest };
  } finally {
    await runner.dispose();
  }
}
