import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CasePlan } from "../../../evaluation/cases.ts";
import { methodLabel } from "../../../evaluation/protocol.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../../../evaluation/record.ts";
import { SopiError } from "../../../errors.ts";
import type { CaseReply, CaseRequest } from "./caseProcess.ts";
import { createCaseRunner, runPlan } from "./caseRunner.ts";

/** A case that still has to be registered by some methods. */
export interface PendingCase {
  readonly plan: CasePlan;
  readonly methods: readonly Protocol["methods"][number][];
}

/** Something that registers one case at a time. */
export interface CaseExecutor {
  run(pending: PendingCase, onRecord: (record: RegistrationRecord) => void): Promise<void>;
  dispose(): Promise<void>;
}

export interface ExecutorOptions {
  readonly protocol: Protocol;
  readonly folder: string;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs cases in this process. */
export async function createLocalExecutor(options: ExecutorOptions): Promise<CaseExecutor> {
  const runner = await createCaseRunner(options);
  const { signal } = options;
  return {
    run: ({ plan, methods }, onRecord) =>
      runPlan(runner, plan, methods, { onRecord, ...(signal && { signal }) }),
    dispose: () => runner.dispose(),
  };
}

/** Runs cases in a process of their own, which a crash or an abort takes down alone. */
export async function createProcessExecutor(options: ExecutorOptions): Promise<CaseExecutor> {
  const { protocol, folder, threads, signal } = options;
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const child = fork(fileURLToPath(new URL(`caseProcess.${extension}`, import.meta.url)), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const stop = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", stop, { once: true });
  await ask(child, { kind: "open", protocol, folder, threads }, "ready", signal);
  return {
    run: ({ plan, methods }, onRecord) => {
      const request = { kind: "run" as const, row: plan.row.name, index: plan.index };
      return ask(child, { ...request, methods: methods.map(methodLabel) }, "done", signal, onRecord);
    },
    dispose() {
      signal?.removeEventListener("abort", stop);
      stop();
      return Promise.resolve();
    },
  };
}

/** Sends a request and waits for the reply that ends it. */
function ask(
  child: ChildProcess,
  request: CaseRequest,
  end: CaseReply["kind"],
  signal: AbortSignal | undefined,
  onRecord: (record: RegistrationRecord) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      settle();
    };
    const onMessage = (message: CaseReply): void => {
      if (message.kind === "record") onRecord(message.record);
      else if (message.kind === "error") {
        finish(() => reject(new SopiError("bad-input", { what: message.message })));
      } else if (message.kind === end) finish(resolve);
    };
    const onExit = (code: number | null): void =>
      finish(() =>
        reject(
          signal?.aborted
            ? new SopiError("aborted", { what: "Cancelled" })
            : new SopiError("internal", { what: "A worker process", got: `its end with code ${code}` }),
        ),
      );
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.send(request);
  });
}
