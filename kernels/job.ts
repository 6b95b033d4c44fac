import * as job from "../src/projector/jobLayout";
import * as view from "../src/projector/viewLayout";
import { renderTile } from "./tile";

/** Pixels of one tile, the unit in which empty space is skipped. */
const TILE_WIDTH = 16;
const TILE_HEIGHT = 4;
/** Looks at a word before going to sleep over it: about 10 microseconds, less than a wake-up costs. */
const SPINS = 4000;

/** Takes tasks until none is left. Any thread may call it at any time. */
export function runTasks(control: usize, scratch: usize): void {
  let block: usize = 0;
  let number = 0;
  for (;;) {
    // One word holds the next task (low half) and the number of tasks, so that a late thread never
    // pairs a task of one job with the size of another.
    const taken = atomic.add<u64>(control, 1, job.NEXT);
    const task = <i32>taken;
    const tasks = <i32>(taken >> 32);
    if (task >= tasks) return;
    const current = atomic.load<i32>(control, job.NUMBER);
    if (block == 0 || current != number) {
      number = current;
      block = <usize>load<u32>(control, job.VIEWS);
    }
    while (task >= load<i32>(block, view.FIRST_TASK) + load<i32>(block, view.TASK_COUNT)) block += view.VIEW_BYTES;
    renderTask(block, scratch, task - load<i32>(block, view.FIRST_TASK));
    if (atomic.add<i32>(control, 1, job.DONE) == tasks - 1) atomic.notify(control + job.DONE, 1);
  }
}

function renderTask(block: usize, scratch: usize, task: i32): void {
  const columns = load<i32>(block, view.TASK_COLUMNS);
  const u0 = load<i32>(block, view.U0) + (task % columns) * job.TASK_WIDTH;
  const v0 = load<i32>(block, view.V0) + (task / columns) * job.TASK_HEIGHT;
  const u1 = min(u0 + job.TASK_WIDTH, load<i32>(block, view.U1));
  const v1 = min(v0 + job.TASK_HEIGHT, load<i32>(block, view.V1));
  for (let v = v0; v < v1; v += TILE_HEIGHT) {
    for (let u = u0; u < u1; u += TILE_WIDTH) {
      renderTile(block, scratch, u, v, min(u + TILE_WIDTH, u1), min(v + TILE_HEIGHT, v1));
    }
  }
}

/** Runs a job whose views are written, together with the helpers that wait in workerLoop. */
export function runJob(control: usize, scratch: usize, tasks: i32, helpers: i32): void {
  atomic.store<i32>(control, 0, job.DONE);
  atomic.add<i32>(control, 1, job.NUMBER);
  atomic.store<u64>(control, (<u64>tasks) << 32, job.NEXT);
  if (helpers > 0) {
    atomic.add<i32>(control, 1, job.SEQUENCE);
    atomic.notify(control + job.SEQUENCE, helpers);
  }
  runTasks(control, scratch);
  waitUntilDone(control, tasks);
}

function waitUntilDone(control: usize, tasks: i32): void {
  const sleeps = load<i32>(control, job.MAY_SLEEP) != 0;
  for (let spins = 0; ; spins++) {
    const done = atomic.load<i32>(control, job.DONE);
    if (done == tasks) return;
    if (sleeps && spins > SPINS) atomic.wait<i32>(control + job.DONE, done, 1000000);
  }
}

/** The life of a helping thread: sleeps until a job is published, helps, sleeps again; returns when told to stop. */
export function workerLoop(control: usize, scratch: usize): void {
  atomic.add<i32>(control, 1, job.READY);
  while (atomic.load<i32>(control, job.STOP) == 0) {
    const seen = atomic.load<i32>(control, job.SEQUENCE);
    runTasks(control, scratch);
    for (let spins = 0; atomic.load<i32>(control, job.SEQUENCE) == seen; spins++) {
      if (spins > SPINS) atomic.wait<i32>(control + job.SEQUENCE, seen, -1);
    }
  }
  atomic.sub<i32>(control, 1, job.READY);
}
