import { Worker } from "node:worker_threads";
import { type KernelThreadHost, kernelThreadSource } from "../../projector/kernelThreads.ts";

/** Projector threads on worker_threads; they never keep the process alive. */
export const nodeKernelThreads: KernelThreadHost = {
  callerMaySleep: true,
  start(data) {
    const source = `const start = require("node:worker_threads").workerData; ${kernelThreadSource}`;
    const worker = new Worker(source, { eval: true, workerData: data, execArgv: [], stdin: false });
    worker.unref();
    // A thread that cannot start only leaves its share of the work to the others.
    worker.on("error", () => {});
    return { terminate: () => void worker.terminate() };
  },
};
