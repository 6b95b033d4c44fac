import { cpus, loadavg } from "node:os";

/** What a benchmark ran on. */
export interface BenchMachine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** For what the numbers do not tell, such as other work on the machine: BENCH_NOTE. */
  readonly note: string;
  /** One-minute load before and now. */
  readonly loadAverage: readonly [number, number];
}

export function benchMachine(loadBefore: number): BenchMachine {
  return {
    ...{ cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version },
    note: process.env["BENCH_NOTE"] ?? "",
    loadAverage: [loadBefore, loadavg()[0]!],
  };
}
