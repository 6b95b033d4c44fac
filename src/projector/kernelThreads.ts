import type { WasmMemory, WasmModule } from "./webAssembly.ts";

/** What a helping thread needs: the kernel, its shared memory, and its addresses there. */
export interface KernelThreadStart {
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  readonly control: number;
  readonly scratch: number;
  /** The queue whose tasks the thread takes first. */
  readonly queue: number;
}

/**
 * Starts background threads for a projector. Platforms implement it (worker_threads in Node, Web Workers
 * in browsers); without one a projector runs on the calling thread alone.
 */
export interface KernelThreadHost {
  /** Whether the thread that calls the projector may sleep (Atomics.wait); false on a browser's main thread. */
  readonly callerMaySleep: boolean;
  /** Starts a thread that runs `kernelThreadSource` on the given data; must not keep the process alive. */
  start(data: KernelThreadStart): KernelThread;
}

export interface KernelThread {
  /** Ends the thread if it has not ended by itself. */
  terminate(): void;
}

/**
 * JavaScript body of a helping thread; `start` is its KernelThreadStart. Plain text, so that it runs from
 * TypeScript sources, from the built package and inside a bundle alike.
 */
export const kernelThreadSource: string =
  "new WebAssembly.Instance(start.module, { env: { memory: start.memory } })" +
  ".exports.workerLoop(start.control, start.scratch, start.queue);";
