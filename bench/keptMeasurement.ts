import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bench } from "vitest";

/** A benchmark that measures once and keeps what it found in results/, as `name`.json. */
export function keptMeasurement(title: string, name: string, measure: () => Promise<unknown>): void {
  let done = false;
  bench(
    title,
    async () => {
      if (done) return;
      done = true;
      const folder = join(import.meta.dirname, "results");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(await measure(), undefined, 2)}\n`);
    },
    { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 },
  );
}
