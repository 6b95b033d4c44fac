import { SopiError } from "../errors.ts";
import { kernelShared, kernelUnshared } from "./kernelBytes.generated.ts";
import { KernelHeap } from "./kernelHeap.ts";
import type { KernelThread, KernelThreadHost } from "./kernelThreads.ts";
import * as job from "./jobLayout.ts";
import { SCRATCH_BYTES } from "./viewLayout.ts";
import { type WasmMemory, type WasmModule, decodeBase64, webAssembly } from "./webAssembly.ts";

/** Functions of the WebAssembly kernel (kernels/index.ts); addresses and sizes are plain numbers. */
export interface KernelExports {
  runJob(control: number, scratch: number, tasks: number, helpers: number): void;
  packSlice(
    from: number,
    scale: number,
    to: number,
    toI: number,
    toJ: number,
    toC: number,
    ni: number,
    nj: number,
  ): void;
  repack(
    from: number,
    fromI: number,
    fromJ: number,
    fromK: number,
    to: number,
    toI: number,
    toJ: number,
    toK: number,
    toC: number,
    ni: number,
    nj: number,
    nk: number,
  ): void;
  markBlocks(
    grid: number,
    strideX: number,
    strideY: number,
    strideZ: number,
    nx: number,
    ny: number,
    nz: number,
    marks: number,
  ): void;
  sumBlocks(
    marks: number,
    columns: number,
    rows: number,
    slabs: number,
    columnStep: number,
    rowStep: number,
    slabStep: number,
    table: number,
  ): void;
}

/** Largest memory of a kernel: the whole 32-bit address space, in pages of 64 KiB. */
const maximumPages = 65536;

/** A kernel with a memory of its own and, where the host has them, helping threads. */
export class Kernel {
  readonly exports: KernelExports;
  readonly heap: KernelHeap;
  /** Threads that work on a job, the calling one included. */
  readonly threads: number;
  private readonly helpers: KernelThread[] = [];
  private readonly control: number;
  private readonly scratch: number;

  private constructor(heap: KernelHeap, exports: KernelExports, threads: number) {
    this.heap = heap;
    this.exports = exports;
    this.threads = threads;
    this.control = heap.allocate(job.JOB_BYTES);
    this.scratch = heap.allocate(SCRATCH_BYTES);
    heap.clear(this.control, job.JOB_BYTES);
    heap.view().setUint32(this.control + job.QUEUES, Math.min(threads, job.MOST_QUEUES), true);
  }

  /** Compiles the embedded kernel; `threads` above 1 need a host and shared memory, else there is one. */
  static async create(threads: number, host: KernelThreadHost | undefined): Promise<Kernel> {
    if (!webAssembly) throw unavailable("no WebAssembly on this host");
    const memory = host && threads > 1 ? createSharedMemory() : undefined;
    const bytes = decodeBase64(memory ? kernelShared : kernelUnshared);
    if (!webAssembly.validate(bytes)) throw unavailable("WebAssembly without 128-bit SIMD");
    const module = await webAssembly.compile(bytes);
    const own = memory ?? new webAssembly.Memory({ initial: 2, maximum: maximumPages });
    const { exports } = new webAssembly.Instance(module, { env: { memory: own } });
    const kernel = new Kernel(new KernelHeap(own), exports as KernelExports, memory ? threads : 1);
    if (memory && host) kernel.startHelpers(module, host);
    return kernel;
  }

  private startHelpers(module: WasmModule, host: KernelThreadHost): void {
    const { memory } = this.heap;
    this.heap.view().setUint32(this.control + job.MAY_SLEEP, host.callerMaySleep ? 1 : 0, true);
    for (let i = 1; i < this.threads; i++) {
      const scratch = this.heap.allocate(SCRATCH_BYTES);
      const queue = i % job.MOST_QUEUES;
      this.helpers.push(host.start({ module, memory, control: this.control, scratch, queue }));
    }
  }

  /** Runs the tasks of the view blocks that start at `views`, and returns when all are done. */
  run(views: number, tasks: number): void {
    this.heap.view().setUint32(this.control + job.VIEWS, views, true);
    this.exports.runJob(this.control, this.scratch, tasks, tasks > 1 ? this.helpers.length : 0);
  }

  /** Ends the helping threads. */
  dispose(): void {
    if (this.helpers.length === 0) return;
    const words = new Int32Array(this.heap.memory.buffer);
    Atomics.store(words, (this.control + job.STOP) / 4, 1);
    Atomics.add(words, (this.control + job.SEQUENCE) / 4, 1);
    Atomics.notify(words, (this.control + job.SEQUENCE) / 4);
    for (const helper of this.helpers.splice(0)) helper.terminate();
  }
}

/** Shared memory, or nothing where the host has none (a page that is not cross-origin isolated). */
function createSharedMemory(): WasmMemory | undefined {
  if (typeof SharedArrayBuffer === "undefined" || !webAssembly) return undefined;
  try {
    return new webAssembly.Memory({ initial: 2, maximum: maximumPages, shared: true });
  } catch {
    return undefined;
  }
}

function unavailable(got: string): SopiError {
  return new SopiError("backend-unavailable", {
    what: "Projector backend wasm",
    got,
    expected: "WebAssembly with SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later)",
    todo: "Use the reference backend, which is slow but runs anywhere.",
  });
}
