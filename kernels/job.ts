import * as job from "../src/projector/jobLayout";
import * as view from "../src/projector/viewLayout";
import { renderTile } from "./tile";

/** Pixels of one tile, the unit in which empty space is skipped. */
const TILE_WIDTH = 16;
const TILE_HEIGHT = 4;
/** Looks at a word before going to sleep over it: some ten microseconds, no more than a wake-up costs. */
const SPINS = 10000;

/** Takes tasks until none is left, those of queue `own` first. Any thread may call it at any time. */
function runTasks(control: usize, scratch: usize, own: i32): void {
  const queues = load<i32>(control, job.QUEUES);
  for (let turn = 0; turn < queues; turn++) {
    emptyQueue(control, control + job.FIRST_QUEUE + <usize>(((own + turn) % queues) * job.QUEUE_BYTES), scratch);
  }
}

function emptyQueue(control: usize, queue: usize, scratch: usize): void {
  let block: usize = 0;
  let number = 0;
  for (;;) {
    // One word holds the next task and the end of the queue, so that a late thread never pairs a task of
    // one job with the end of another.
    const taken = atomic.add<u64>(queue, 1);
    const task = <i32>taken;
    if (task >= <i32>(taken >> 32)) return;
    const current = atomic.load<i32>(control, job.NUMBER);
    if (block == 0 || current != number) {
      number = current;
      block = <usize>load<u32>(control, job.VIEWS);
    }
    const tasks = load<i32>(control, job.TASKS);
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
  const queues = load<i32>(control, job.QUEUES);
  atomic.store<i32>(control, 0, job.DONE);
  store<i32>(control, tasks, job.TASKS);
  atomic.add<i32>(control, 1, job.NUMBER);
  for (let i = 0; i < queues; i++) {
    const first = <u64>((tasks * i) / queues);
    const end = <u64>((tasks * (i + 1)) / queues);
    atomic.store<u64>(control + <usize>(i * job.QUEUE_BYTES), (end << 32) | first, job.FIRST_QUEUE);
  }
  if (helpers > 0) {
    atomic.add<i32>(control, 1, job.SEQUENCE);
    atomic.notify(control + job.SEQUENCE, helpers);
  }
  runTasks(control, scratch, 0);
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
export function workerLoop(control: usize, scratch: usize, own: i32): void {
  atomic.add<i32>(control, 1, job.READY);
  while (atomic.load<i32>(control, job.STOP) == 0) {
    const seen = atomic.load<i32>(control, job.SEQUENCE);
    runTasks(control, scratch, own);
    for (let spins = 0; atomic.load<i32>(control, job.SEQUENCE) == seen; spins++) {
      if (spins > SPINS) atomic.wait<i32>(control + job.SEQUENCE, seen, -1);
    }
  }
  atomic.sub<i32>(control, 1, job.READY);
}
