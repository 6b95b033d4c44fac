import { planCases } from "../../../evaluation/cases.ts";
import { methodLabel } from "../../../evaluation/protocol.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../../../evaluation/record.ts";
import { type CaseRunner, createCaseRunner, runPlan } from "./caseRunner.ts";

/** What the parent asks. */
export type CaseRequest =
  | {
      readonly kind: "open";
      readonly protocol: Protocol;
      readonly folder: string;
      readonly threads: number;
    }
  | {
      readonly kind: "run";
      readonly row: string;
      readonly index: number;
      readonly methods: readonly string[];
    };

/** What the process answers. */
export type CaseReply =
  | { readonly kind: "ready" }
  | { readonly kind: "record"; readonly record: RegistrationRecord }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly message: string };

const reply = (message: CaseReply): void => void process.send?.(message);

let opened: { readonly protocol: Protocol; readonly runner: CaseRunner } | undefined;

async function handle(request: CaseRequest): Promise<void> {
  if (request.kind === "open") {
    const { protocol, folder, threads } = request;
    opened = { protocol, runner: await createCaseRunner({ protocol, folder, threads }) };
    reply({ kind: "ready" });
    return;
  }
  const { protocol, runner } = opened!;
  const row = protocol.rows.find((one) => one.name === request.row)!;
  const methods = protocol.methods.filter((one) => request.methods.includes(methodLabel(one)));
  await runPlan(runner, planCases(protocol, row)[request.index]!, methods, {
    onRecord: (record) => reply({ kind: "record", record }),
  });
  reply({ kind: "done" });
}

// The parent decides when to stop: an interrupt at the terminal reaches every process of the group.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (request: CaseRequest) => {
  handle(request).catch((error: unknown) =>
    reply({ kind: "error", message: error instanceof Error ? error.message : String(error) }),
  );
});
