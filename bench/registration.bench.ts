import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { afterAll, bench, describe } from "vitest";
import type { Networks } from "../src/networks/networks.ts";
import { createNodeNetworks } from "../src/platform/node/networks.ts";
import { createNodeProjector } from "../src/platform/node/projector.ts";
import type { Projector } from "../src/projector/projector.ts";
import { prepareCt } from "../src/registration/preparedCt.ts";
import { register } from "../src/registration/register.ts";
import { type RegistrationScene, type StartName, registrationScene } from "./registrationScenes.ts";
import { benchMachine } from "./benchMachine.ts";

/*
 * Whole registrations of phantoms (trunk, 2.5 mm) to simulated X-rays of 256 x 256 pixels, AP and LAT in turn, from images in
 * memory to the pose. Every case runs twice; its time is the least of them, a row's time the median over cases. CPU time
 * counts all threads, so it says what the work costs on a machine that others use as well. Ratios compare rows of one run.
 */

interface Workload {
  readonly method: string;
  readonly start: StartName;
  readonly content: "whole CT" | "spine alone" | "CT prepared before";
  readonly threads: number;
}
interface Row extends Workload {
  readonly cases: number;
  /** Medians over cases. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly searchMs: number;
  readonly refineMs: number;
  readonly drrs: number;
  readonly mtreMm: number;
  readonly slowestMs: number;
  /** Registrations within 10 mm. */
  readonly found: number;
  /** Resident memory of the process above that before the first registration of the row, highest value. */
  readonly memoryMb: number;
}

const seeds = [101, 102, 103, 104, 105];
const repeats = 2;
const scenes: RegistrationScene[] = [];
const rows: Row[] = [];
const loadBefore = loadavg()[0]!;
const once = { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 };

/** Phantoms and X-rays take longer than registrations: made once, for every row. */
function allScenes(): readonly RegistrationScene[] {
  for (const [i, seed] of seeds.entries()) scenes[i] ??= registrationScene(seed, i % 2 ? "LAT" : "AP");
  return scenes;
}

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly searchMs: number;
  readonly refineMs: number;
  readonly drrs: number;
  readonly mtreMm: number;
  readonly highest: number;
}

async function runOnce(
  scene: RegistrationScene,
  work: Workload,
  { projector, networks }: { readonly projector: Projector; readonly networks: Networks },
): Promise<Run> {
  const { ct, lumbar, radiograph, geometry, starts } = scene;
  let highest = 0;
  const prepared = work.content === "CT prepared before" ? prepareCt(ct, { projector }) : undefined;
  const options = { projector, networks, method: work.method, initial: starts[work.start] };
  // What follows from the CT is made on first use: by an earlier X-ray.
  if (prepared) await register(prepared, radiograph, geometry, options);
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const result = await register(prepared ?? ct, radiograph, geometry, {
    ...options,
    ...(work.content === "spine alone" && { mask: lumbar }),
    onStep: () => (highest = Math.max(highest, process.memoryUsage.rss())),
  });
  const wallMs = performance.now() - begin;
  const cpu = process.cpuUsage(cpuBefore);
  prepared?.dispose();
  return {
    ...{ wallMs, cpuMs: (cpu.user + cpu.system) / 1000, highest },
    ...{ searchMs: result.timings.initialiseMs, refineMs: result.timings.refineMs },
    ...{ drrs: result.evaluations, mtreMm: scene.mtreMm(result.cameraFromWorld) },
  };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function measure(work: Workload): Promise<Row> {
  const { threads } = work;
  const projector = await createNodeProjector({ threads });
  const networks = createNodeNetworks({ threads });
  const memoryBefore = process.memoryUsage.rss();
  const best: Run[] = [];
  let highest = memoryBefore;
  for (const scene of allScenes()) {
    const runs: Run[] = [];
    for (let i = 0; i < repeats; i++) runs.push(await runOnce(scene, work, { projector, networks }));
    highest = Math.max(highest, ...runs.map((run) => run.highest));
    best.push(runs.toSorted((a, b) => a.wallMs - b.wallMs)[0]!);
  }
  projector.dispose();
  await networks.dispose();
  const middle = (key: Exclude<keyof Run, "highest">): number => median(best.map((run) => run[key]));
  return {
    ...work,
    cases: best.length,
    ...{ wallMs: middle("wallMs"), cpuMs: middle("cpuMs"), searchMs: middle("searchMs") },
    ...{ refineMs: middle("refineMs"), drrs: middle("drrs"), mtreMm: middle("mtreMm") },
    slowestMs: Math.max(...best.map((run) => run.wallMs)),
    found: best.filter((run) => run.mtreMm < 10).length,
    memoryMb: Math.round((highest - memoryBefore) / 2 ** 20),
  };
}

const workloads: readonly Workload[] = [
  ...([1, 2] as const).flatMap((threads) =>
    (["near", "wide", "no start"] as const).map((start): Workload => ({
      method: "opt-gc",
      start,
      content: "whole CT",
      threads,
    })),
  ),
  { method: "opt-gc", start: "near", content: "spine alone", threads: 2 },
  { method: "opt-ngi", start: "near", content: "whole CT", threads: 2 },
  { method: "opt-nccl", start: "near", content: "whole CT", threads: 2 },
  ...(["rtpi", "sopi", "sopi+opt"] as const).flatMap((method) =>
    (["near", "no start"] as const).map((start): Workload => ({
      ...{ method, start, threads: 2 },
      content: "whole CT",
    })),
  ),
  ...(["rtpi", "opt-gc", "sopi+opt"] as const).map((method): Workload => ({
    ...{ method, start: "near", threads: 2 },
    content: "CT prepared before",
  })),
];

describe("registration", () => {
  for (const work of workloads) {
    bench(
      `${work.method}, ${work.start}, ${work.content}, ${work.threads} threads`,
      async () => {
        // The runner repeats short benchmarks; one measurement is enough.
        if (
          !rows.some((row) => Object.entries(work).every(([key, value]) => row[key as keyof Row] === value))
        )
          rows.push(await measure(work));
      },
      once,
    );
  }
});

/** CPU and wall time of one row over those of another, from the same run. */
function ratio(over: Partial<Workload>, under: Partial<Workload>): { wall: number; cpu: number } | undefined {
  const usual = { method: "opt-gc", start: "near", content: "whole CT", threads: 2 };
  const find = (part: Partial<Workload>): Row | undefined => {
    const wanted = Object.entries({ ...usual, ...part });
    return rows.find((row) => wanted.every(([key, value]) => row[key as keyof Row] === value));
  };
  const [a, b] = [find(over), find(under)];
  return a && b && { wall: a.wallMs / b.wallMs, cpu: a.cpuMs / b.cpuMs };
}

afterAll(() => {
  if (rows.length === 0) return;
  const result = {
    machine: benchMachine(loadBefore),
    scene: {
      ct: "spine phantoms, trunk, 2.5 mm",
      voxels: scenes[0]?.ct.size,
      detector: "preset perlove-plx118f, 256 x 256",
      ...{ seeds, repeats },
    },
    ratios: {
      "1 thread over 2, near": ratio({ threads: 1 }, {}),
      "1 thread over 2, wide": ratio({ threads: 1, start: "wide" }, { start: "wide" }),
      "wide over near": ratio({ start: "wide" }, {}),
      "no start over near": ratio({ start: "no start" }, {}),
      "spine alone over whole CT": ratio({ content: "spine alone" }, {}),
      "rtpi, CT prepared over not": ratio(
        { method: "rtpi", content: "CT prepared before" },
        { method: "rtpi" },
      ),
      "opt-gc, CT prepared over not": ratio({ content: "CT prepared before" }, {}),
      "opt-ngi over opt-gc": ratio({ method: "opt-ngi" }, {}),
      "opt-nccl over opt-gc": ratio({ method: "opt-nccl" }, {}),
      "sopi over opt-gc": ratio({ method: "sopi" }, {}),
      "sopi+opt over opt-gc": ratio({ method: "sopi+opt" }, {}),
      "sopi+opt over opt-gc, no start": ratio(
        { method: "sopi+opt", start: "no start" },
        { start: "no start" },
      ),
    },
    rows,
  };
  console.table(rows);
  console.table(result.ratios);
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("registration.json", folder), `${JSON.stringify(result, undefined, 2)}\n`);
});
