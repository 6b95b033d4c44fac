/** Samples of a decompressed picture: little-endian, interleaved colours, 1 byte up to 8 bits, else 2. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bytes: Uint8Array;
  readonly bytesPerSample: 1 | 2;
}

/** Decompressors; each loads its library on first use, and none is loaded for uncompressed files. */
export interface Codecs {
  jpeg2000(stream: Uint8Array): Promise<DecodedPicture>;
  jpegLs(stream: Uint8Array): Promise<DecodedPicture>;
  jpeg8Bit(stream: Uint8Array): Promise<DecodedPicture>;
  jpegLossless(stream: Uint8Array): Promise<Uint8Array>;
}

export interface CodecOptions {
  /**
   * Address of a codec's .wasm file (in a browser: a bundled asset). Absent: Node reads the files of
   * the packages; elsewhere the slower JavaScript builds are used, which need no second file.
   */
  readonly wasmUrl?: (file: string) => string;
}

type ModuleLoader = () => Promise<{ default: unknown }>;
type Instance = Record<string, unknown>;

/** The classes all three Emscripten libraries export. */
interface PictureDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

interface Library {
  readonly wasm: ModuleLoader;
  readonly script: ModuleLoader;
  readonly className: string;
}

const libraries = {
  jpeg2000: {
    wasm: () => import("@cornerstonejs/codec-openjpeg/decodewasmjs"),
    script: () => import("@cornerstonejs/codec-openjpeg/decode"),
    className: "J2KDecoder",
  },
  jpegLs: {
    wasm: () => import("@cornerstonejs/codec-charls/decodewasmjs"),
    script: () => import("@cornerstonejs/codec-charls/decode"),
    className: "JpegLSDecoder",
  },
  jpeg8Bit: {
    wasm: () => import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs"),
    script: () => import("@cornerstonejs/codec-libjpeg-turbo-8bit/decode"),
    className: "JPEGDecoder",
  },
} as const satisfies Record<string, Library>;

/** Codecs for one read; their memory goes with the object. */
export function createCodecs(options: CodecOptions = {}): Codecs {
  return {
    jpeg2000: pictureDecoder(libraries.jpeg2000, options),
    jpegLs: pictureDecoder(libraries.jpegLs, options),
    jpeg8Bit: pictureDecoder(libraries.jpeg8Bit, options),
    jpegLossless: decodeLossless,
  };
}

function pictureDecoder(
  library: Library,
  options: CodecOptions,
): (stream: Uint8Array) => Promise<DecodedPicture> {
  let instance: Promise<Instance> | undefined;
  return async (stream) => {
    instance ??= instantiate(library, options);
    try {
      return decodePicture(await instance, library.className, stream);
    } catch (cause) {
      // An Emscripten library that threw may be left in any state: the next picture gets a new one.
      instance = undefined;
      throw new RangeError("the decoder refused the stream", { cause });
    }
  };
}

async function instantiate(library: Library, { wasmUrl }: CodecOptions): Promise<Instance> {
  const inNode = typeof process === "object" && typeof process.versions?.node === "string";
  const module = await (wasmUrl || inNode ? library.wasm() : library.script());
  const silent = { print: ignore, printErr: ignore };
  const create = module.default as (overrides: Record<string, unknown>) => Promise<Instance>;
  return create(wasmUrl ? { ...silent, locateFile: wasmUrl } : silent);
}

function ignore(): void {}

function decodePicture(instance: Instance, className: string, stream: Uint8Array): DecodedPicture {
  const decoder = new (instance[className] as new () => PictureDecoder)();
  try {
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decode();
    const { width, height, componentCount, bitsPerSample } = decoder.getFrameInfo();
    const bytes = Uint8Array.from(decoder.getDecodedBuffer());
    return { width, height, components: componentCount, bytes, bytesPerSample: bitsPerSample <= 8 ? 1 : 2 };
  } finally {
    decoder.delete();
  }
}

/** JPEG Lossless (process 14): one or two bytes a sample, little-endian on every platform this runs on. */
async function decodeLossless(stream: Uint8Array): Promise<Uint8Array> {
  const { Decoder } = await import("jpeg-lossless-decoder-js");
  const decoder = new Decoder();
  const samples = decoder.decompress(stream.buffer, stream.byteOffset, stream.byteLength);
  if (decoder.stream && decoder.stream.index > stream.length) throw new RangeError("the stream ends early");
  return new Uint8Array(samples);
}
