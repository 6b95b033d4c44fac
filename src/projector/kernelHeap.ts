import { SopiError } from "../errors.ts";
import type { WasmMemory } from "./webAssembly.ts";

/** Blocks start on cache lines. */
const alignment = 64;
const pageBytes = 65536;
/** The kernel's own data lies below. */
const firstAddress = pageBytes;
const maximumBytes = 65536 * pageBytes;

interface Span {
  address: number;
  bytes: number;
}

/**
 * Hands out blocks of the kernel's memory (first fit, neighbours merged on release) and grows it on demand.
 * Views must be taken anew after an allocation: growth may replace the buffer.
 */
export class KernelHeap {
  readonly memory: WasmMemory;
  private readonly free: Span[] = [];
  private readonly used: Map<number, number> = new Map();
  private end: number = firstAddress;
  private cachedFloats: Float32Array | undefined;
  private cachedView: DataView | undefined;

  constructor(memory: WasmMemory) {
    this.memory = memory;
  }

  /** Address of a new block, not cleared; throws `bad-input` when memory runs out. */
  allocate(size: number): number {
    const bytes = Math.ceil(size / alignment) * alignment;
    const index = this.free.findIndex((span) => span.bytes >= bytes);
    if (index >= 0) {
      const span = this.free[index]!;
      const { address } = span;
      span.address += bytes;
      span.bytes -= bytes;
      if (span.bytes === 0) this.free.splice(index, 1);
      this.used.set(address, bytes);
      return address;
    }
    return this.extend(bytes);
  }

  private extend(bytes: number): number {
    const address = this.end;
    const missing = address + bytes - this.memory.buffer.byteLength;
    if (address + bytes > maximumBytes) throw outOfMemory(bytes);
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / pageBytes));
      } catch (cause) {
        throw outOfMemory(bytes, cause);
      }
    }
    this.end += bytes;
    this.used.set(address, bytes);
    return address;
  }

  release(address: number): void {
    const bytes = this.used.get(address);
    if (bytes === undefined) return;
    this.used.delete(address);
    const at = this.free.findIndex((span) => span.address > address);
    this.free.splice(at < 0 ? this.free.length : at, 0, { address, bytes });
    this.merge();
  }

  private merge(): void {
    for (let i = this.free.length - 1; i > 0; i--) {
      const span = this.free[i]!;
      const before = this.free[i - 1]!;
      if (before.address + before.bytes === span.address) {
        before.bytes += span.bytes;
        this.free.splice(i, 1);
      }
    }
    const last = this.free.at(-1);
    if (last && last.address + last.bytes === this.end) {
      this.end = last.address;
      this.free.pop();
    }
  }

  /** The whole memory as 32-bit floats: number of a value = address / 4. */
  floats(): Float32Array {
    if (this.cachedFloats?.buffer !== this.memory.buffer) {
      this.cachedFloats = new Float32Array(this.memory.buffer);
    }
    return this.cachedFloats;
  }

  view(): DataView {
    if (this.cachedView?.buffer !== this.memory.buffer) this.cachedView = new DataView(this.memory.buffer);
    return this.cachedView;
  }

  /** Sets bytes to zero. */
  clear(address: number, bytes: number): void {
    new Uint8Array(this.memory.buffer, address, bytes).fill(0);
  }

  copy(from: number, to: number, bytes: number): void {
    new Uint8Array(this.memory.buffer).copyWithin(to, from, from + bytes);
  }
}

function outOfMemory(bytes: number, cause?: unknown): SopiError {
  return new SopiError("bad-input", {
    what: "Memory of the projector",
    got: `a request for ${Math.ceil(bytes / 2 ** 20)} MiB more`,
    expected: "volumes of up to 512 x 512 x 512 voxels in all",
    todo: "Release other volumes, or resample this one to coarser voxels.",
    cause,
  });
}
