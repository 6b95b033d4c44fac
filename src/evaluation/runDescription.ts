import type { RegistrationRecord } from "./record.ts";

/** The machine times were taken on; nothing that names a person or a network. */
export interface MachineDescription {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
}

/** One call of the evaluation; every record names the call that made it. */
export interface RunDescription {
  /** Eight hexadecimal digits. */
  readonly id: string;
  readonly date: string;
  readonly version: string;
  readonly machine: MachineDescription;
  /** Cases at the same time, and threads of each. */
  readonly jobs: number;
  readonly threads: number;
  /** First digits of the SHA-256 of the weights that were used, by method and network. */
  readonly weights: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Reads runs.jsonl; a line cut off by a kill ends the list. */
export function parseRuns(text: string): RunDescription[] {
  const runs: RunDescription[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      runs.push(JSON.parse(line) as RunDescription);
    } catch {
      break;
    }
  }
  return runs;
}

/** One sentence for each call that made some of the records: what, when, where, how, with which weights. */
export function runFacts(runs: readonly RunDescription[], records: readonly RegistrationRecord[]): string[] {
  return runs.flatMap((run) => {
    const counts = new Map<string, number>();
    for (const { run: id, method } of records) {
      if (id === run.id) counts.set(method, (counts.get(method) ?? 0) + 1);
    }
    if (counts.size === 0) return [];
    const { machine, jobs, threads, version, date } = run;
    const what = [...counts].map(([method, count]) => `${method} (${count})`).join(", ");
    const weights = weightList(run, [...counts.keys()]);
    return [
      `${what}: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; cases at a time: ${jobs}, threads per ` +
        `case: ${threads}; sopi ${version}, ${date}${weights === "" ? "" : `; weights ${weights}`}.`,
    ];
  });
}

/** "rtpi 731297564284, encoder 0123456789ab", each file once. */
function weightList(run: RunDescription, methods: readonly string[]): string {
  const files = methods.flatMap((method) =>
    Object.entries(run.weights[method] ?? {}).map(([network, hash]) => `${network} ${hash}`),
  );
  return [...new Set(files)].join(", ");
}

/**
 * The first method of which records were made with other weights than now; a table that mixes them would be about
 * no network at all.
 */
export function changedWeights(
  runs: readonly RunDescription[],
  records: readonly RegistrationRecord[],
  now: RunDescription["weights"],
): string | undefined {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return records.find(({ method, run }) => {
    const before = run === undefined ? undefined : byId.get(run)?.weights[method];
    const current = now[method];
    return before && current && JSON.stringify(before) !== JSON.stringify(current);
  })?.method;
}
