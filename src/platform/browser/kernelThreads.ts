import {
  type KernelThreadHost,
  type KernelThreadStart,
  kernelThreadSource,
} from "../../projector/kernelThreads.ts";

/** The part of the Web Worker API used here; the DOM's types are not part of the library's build. */
interface WebWorker {
  postMessage(data: KernelThreadStart): void;
  terminate(): void;
}
interface BrowserGlobals {
  readonly document?: object;
  readonly Worker: new (url: string) => WebWorker;
}

/**
 * Projector threads on Web Workers. They need a page that is cross-origin isolated (headers COOP `same-origin`
 * and COEP `require-corp`), because only there is memory shared, and a content policy with `worker-src blob:`.
 */
export const browserKernelThreads: KernelThreadHost = {
  get callerMaySleep() {
    return (globalThis as unknown as BrowserGlobals).document === undefined;
  },
  start(data) {
    const { Worker } = globalThis as unknown as BrowserGlobals;
    const source = `onmessage = ({ data: start }) => { ${kernelThreadSource} };`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no target origin
    worker.postMessage(data);
    return {
      terminate: () => {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  },
};
