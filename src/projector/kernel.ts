import { SopiError } from "../errors.ts";
import { kernelUnshared } from "./kernelBytes.generated.ts";
import { KernelHeap } from "./kernelHeap.ts";
import { decodeBase64, webAssembly } from "./webAssembly.ts";

/** Functions of the WebAssembly kernel (kernels/index.ts); addresses and sizes are plain numbers. */
export interface KernelExports {
  renderTile(view: number, scratch: number, u0: number, v0: number, u1: number, v1: number): void;
  markBlocks(
    grid: number,
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
  transposeXY(from: number, to: number, nx: number, ny: number, nz: number): void;
}

export interface Kernel {
  readonly exports: KernelExports;
  readonly heap: KernelHeap;
}

/** Compiles the embedded kernel and gives it a memory of its own. */
export async function createKernel(): Promise<Kernel> {
  if (!webAssembly) throw unavailable("no WebAssembly on this host");
  const bytes = decodeBase64(kernelUnshared);
  if (!webAssembly.validate(bytes)) throw unavailable("WebAssembly without 128-bit SIMD");
  const memory = new webAssembly.Memory({ initial: 16, maximum: 65536 });
  const module = await webAssembly.compile(bytes);
  const instance = new webAssembly.Instance(module, { env: { memory } });
  return { exports: instance.exports as KernelExports, heap: new KernelHeap(memory) };
}

function unavailable(got: string): SopiError {
  return new SopiError("backend-unavailable", {
    what: "Projector backend wasm",
    got,
    expected: "WebAssembly with SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later)",
    todo: "Use the reference backend, which is slow but runs anywhere.",
  });
}
