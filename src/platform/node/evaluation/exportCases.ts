import { join } from "node:path";
import { type CasePlan, planCases } from "../../../evaluation/cases.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import { throwIfAborted } from "../../../errors.ts";
import { toRows } from "../../../geometry/mat4.ts";
import { geometryDocument } from "../../../io/geometryFile.ts";
import { formatJson } from "../../../io/jsonDocument.ts";
import { writeNifti } from "../../../io/nifti/writeNifti.ts";
import { writeNpy } from "../../../io/npy.ts";
import { type OutputFile, writeFiles } from "../fileWriter.ts";
import { type LoadedCase, createCaseRunner } from "./caseRunner.ts";

export interface ExportOptions {
  readonly protocol: Protocol;
  /** Folder that gets the cases. */
  readonly folder: string;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onCase?: (done: number, total: number) => void;
}

/** File name of a volume; keys are made of letters, digits, dots and signs that every disk takes. */
const fileName = (key: string): string => key.replace(/[^\w.-]/g, "_");

function caseFiles(
  plan: CasePlan,
  loaded: LoadedCase,
  known: Set<string>,
): { files: OutputFile[]; entry: object } {
  const { subject, mask, radiograph, geometry, evaluationCase } = loaded;
  const { startCamera } = evaluationCase;
  const volume = `volumes/${fileName(subject.key)}.nii.gz`;
  const maskFile = mask && `volumes/${fileName(`${subject.key}-${plan.row.name}`)}-mask.nii.gz`;
  const files: OutputFile[] = [
    { path: `${plan.id}/xray.npy`, bytes: writeNpy(radiograph) },
    { path: `${plan.id}/geometry.json`, bytes: formatJson(geometryDocument(geometry)) },
  ];
  if (startCamera !== "centre") {
    files.push({
      path: `${plan.id}/start.json`,
      bytes: formatJson({ cameraFromWorld: toRows(startCamera) }),
    });
  }
  if (!known.has(volume)) files.push({ path: volume, bytes: writeNifti(subject.ct) });
  if (mask && maskFile && !known.has(maskFile)) files.push({ path: maskFile, bytes: writeNifti(mask) });
  for (const { path } of files) known.add(path);
  const entry = {
    case: plan.id,
    volume,
    ...(maskFile && { mask: maskFile }),
    view: plan.view,
    kind: radiograph.kind,
  };
  return { files, entry };
}

/**
 * Writes what a method is given, for programs outside: cases.json, volumes, and per case the X-ray, the geometry
 * and the start pose. The truth is not among it.
 */
export async function exportCases(options: ExportOptions): Promise<number> {
  const { protocol, folder, signal } = options;
  const runner = await createCaseRunner({ ...options, folder });
  const plans = protocol.rows.flatMap((row) => planCases(protocol, row));
  const known = new Set<string>();
  const entries: object[] = [];
  try {
    for (const plan of plans) {
      throwIfAborted(signal);
      const { files, entry } = caseFiles(plan, await runner.load(plan), known);
      await writeFiles(
        files.map((file) => ({ ...file, path: join(folder, file.path) })),
        { force: true, ...(signal && { signal }) },
      );
      entries.push(entry);
      options.onCase?.(entries.length, plans.length);
    }
    const document = { schema: "sopi-cases/1", protocol: protocol.name, cases: entries };
    await writeFiles([{ path: join(folder, "cases.json"), bytes: formatJson(document) }], { force: true });
    return entries.length;
  } finally {
    await runner.dispose();
  }
}
