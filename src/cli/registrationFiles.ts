import { join } from "node:path";
import { encodePicture } from "../evaluation/pictures/encodePicture.ts";
import {
  type RegistrationPictures,
  registrationPictures,
} from "../evaluation/pictures/registrationPictures.ts";
import { type RegisteredPair, registrationImages } from "../evaluation/registrationImages.ts";
import { registrationReport } from "../evaluation/report/registrationReport.ts";
import type { ReportInput } from "../evaluation/report/reportInput.ts";
import { type ResultContext, resultDocument } from "../evaluation/resultDocument.ts";
import { formatResult } from "../io/resultFile.ts";
import type { OutputFile } from "../platform/node/fileWriter.ts";
import type { Projector } from "../projector/projector.ts";
import type { RegistrationResult } from "../registration/result.ts";
import { researchUseNotice } from "./context.ts";

const pictureNames: Record<keyof RegistrationPictures, string> = {
  xray: "xray",
  drrBefore: "drr-before",
  drrAfter: "drr-after",
  fusionBefore: "fusion-before",
  fusionAfter: "fusion-after",
  edgesBefore: "edges-before",
  edgesAfter: "edges-after",
  differenceBefore: "difference-before",
  differenceAfter: "difference-after",
  sheet: "sheet",
};

/** Everything a registration writes into its folder. */
export function registrationPaths(folder: string): string[] {
  const pictures = Object.values(pictureNames).map((name) => join(folder, "pictures", `${name}.png`));
  return [...["result.json", "overlay.png", "report.html"].map((name) => join(folder, name)), ...pictures];
}

/** What is written besides the result itself. */
export interface RegistrationFilesInput extends RegisteredPair {
  readonly result: RegistrationResult;
  readonly context: ResultContext;
  readonly projector: Projector;
  /** The true pose and errors, for simulated X-rays. */
  readonly truth?: ReportInput["truth"];
}

/** result.json, overlay.png, report.html and the single pictures, ready to be written to `folder`. */
export function registrationFiles(folder: string, input: RegistrationFilesInput): OutputFile[] {
  const { result, context, projector, truth } = input;
  const pictures = registrationPictures(registrationImages(input, result, projector));
  const encoded = Object.entries(pictureNames).map(([key, name]) => ({
    path: join(folder, "pictures", `${name}.png`),
    bytes: encodePicture(pictures[key as keyof RegistrationPictures]),
  }));
  const report = registrationReport({
    result,
    pictures,
    version: context.version,
    notice: researchUseNotice,
    loadMs: context.loadMs,
    warnings: context.warnings ?? [],
    inputs: { volumeSha256: context.volumeSha256, xraySha256: context.xraySha256 },
    ...(truth && { truth }),
  });
  return [
    { path: join(folder, "result.json"), bytes: formatResult(resultDocument(result, context)) },
    { path: join(folder, "overlay.png"), bytes: encodePicture(pictures.edgesAfter) },
    { path: join(folder, "report.html"), bytes: report },
    ...encoded,
  ];
}
