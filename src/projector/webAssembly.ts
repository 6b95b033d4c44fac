/**
 * The few parts of WebAssembly that the projector uses. The standard types live in the DOM library,
 * which the library's code does without.
 */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** A compiled module; may be sent to a worker. */
export type WasmModule = object;

interface WasmNamespace {
  Memory: new (type: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  Instance: new (module: WasmModule, imports: object) => { readonly exports: object };
  compile(bytes: Uint8Array): Promise<WasmModule>;
  validate(bytes: Uint8Array): boolean;
}

export const webAssembly: WasmNamespace | undefined = (globalThis as { WebAssembly?: WasmNamespace })
  .WebAssembly;

/** Bytes of a base64 string, in any host. */
export function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
