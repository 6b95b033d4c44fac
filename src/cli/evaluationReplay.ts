import { join } from "node:path";
import { usageError } from "../errors.ts";
import { planCases } from "../evaluation/cases.ts";
import { poseErrors } from "../evaluation/poseErrors.ts";
import { methodLabel } from "../evaluation/protocol.ts";
import type { Protocol } from "../evaluation/protocolTypes.ts";
import { formatRecord } from "../evaluation/record.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { createCaseRunner } from "../platform/node/evaluation/caseRunner.ts";
import { sha256 } from "../platform/node/fileReader.ts";
import { writeFiles } from "../platform/node/fileWriter.ts";
import type { CommandContext } from "./context.ts";
import { registrationFiles } from "./registrationFiles.ts";
import { alignedLines, errorRows, resultRows, writtenRow } from "./resultSummary.ts";

/** What --replay needs of the flags. */
export interface ReplayOptions {
  /** "near/0003/opt-gc". */
  readonly replay: string;
  readonly out: string;
  readonly threads: number;
  readonly json?: boolean;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Redoes one registration of a protocol and writes result, pictures and report to OUT/replay/ID. */
export async function replayCase(
  protocol: Protocol,
  options: ReplayOptions,
  context: CommandContext,
): Promise<void> {
  const [rowName = "", number = "", ...rest] = options.replay.split("/");
  const row = protocol.rows.find((one) => one.name === rowName);
  const method = protocol.methods.find((one) => methodLabel(one) === rest.join("/"));
  const index = /^\d+$/.test(number) ? Number(number) : Number.NaN;
  if (!row || !method || !Number.isInteger(index)) {
    throw usageError({
      what: "--replay",
      got: options.replay,
      expected: "row/case/method, as in registrations.jsonl",
    });
  }
  const plan = planCases({ ...protocol, cases: index + 1 }, row)[index]!;
  const runner = await createCaseRunner({ protocol, folder: options.out, threads: options.threads });
  try {
    const loaded = await runner.load(plan);
    const { record, result } = await runner.run(loaded, method, context.signal);
    if (!result) {
      context.output.result(options.json ? formatRecord(record) : `failed: ${record.failure}`);
      return;
    }
    const { evaluationCase: one, geometry, points, subject, radiograph, mask } = loaded;
    const errorsOf = (estimate: Mat4): ReturnType<typeof poseErrors> =>
      poseErrors({ estimate, truth: one.truthCamera }, points.targetsMm, geometry.camera, one.frame);
    const before = errorsOf(result.initial.cameraFromWorld);
    const after = errorsOf(result.cameraFromWorld);
    const folder = join(options.out, "replay", options.replay);
    const files = registrationFiles(folder, {
      ...{ volume: subject.ct, radiograph, result, projector: runner.projector },
      ...(mask && { mask }),
      truth: { cameraFromWorld: one.truthCamera, before, after },
      context: {
        version: context.version,
        loadMs: loaded.loadMs,
        volumeSha256: sha256(bytesOf(subject.ct.data)),
        xraySha256: sha256(bytesOf(radiograph.data)),
      },
    });
    await writeFiles(files, { force: true, signal: context.signal });
    const written = writtenRow(files.map((file) => file.path));
    if (options.json) context.output.result(formatRecord(record));
    else context.output.result(alignedLines([...resultRows(result), ...errorRows(before, after), written]));
  } finally {
    await runner.dispose();
  }
}
