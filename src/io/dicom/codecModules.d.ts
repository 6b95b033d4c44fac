/** Shapes of the codec packages that ship without types. */
declare module "@cornerstonejs/codec-*" {
  const load: (overrides?: Record<string, unknown>) => Promise<Record<string, unknown>>;
  export default load;
}

declare module "jpeg-lossless-decoder-js" {
  export class Decoder {
    stream: { index: number } | null;
    decompress(buffer: ArrayBufferLike, offset: number, length: number): ArrayBuffer;
  }
}
