/**
 * Decodes one frame of RLE Lossless (DICOM PS3.5 annex G): byte planes, most significant first,
 * each packed as PackBits. Returns little-endian samples, colour planes one after the other.
 * Throws RangeError with a short reason when the stream is broken or too short.
 */
export function decodeRle(
  bytes: Uint8Array,
  pixels: number,
  samplesPerPixel: number,
  bytesPerSample: number,
): Uint8Array {
  if (bytes.length < 64) throw new RangeError("no RLE header");
  const header = new DataView(bytes.buffer, bytes.byteOffset, 64);
  const segments = header.getUint32(0, true);
  if (segments !== samplesPerPixel * bytesPerSample) {
    throw new RangeError(`${segments} RLE segments instead of ${samplesPerPixel * bytesPerSample}`);
  }
  const length = pixels * samplesPerPixel * bytesPerSample;
  // Two packed bytes make 128 at most; a header that claims more is refused before its memory is taken.
  if (64 * bytes.length < length) throw new RangeError("RLE segment ends early");
  const out = new Uint8Array(length);
  for (let segment = 0; segment < segments; segment++) {
    const start = header.getUint32(4 + 4 * segment, true);
    const next = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : bytes.length;
    if (start < 64 || next < start || next > bytes.length)
      throw new RangeError("RLE segment outside the frame");
    const sample = Math.floor(segment / bytesPerSample);
    const plane = bytesPerSample - 1 - (segment % bytesPerSample);
    unpackBits(
      bytes.subarray(start, next),
      out,
      sample * pixels * bytesPerSample + plane,
      bytesPerSample,
      pixels,
    );
  }
  return out;
}

/** Writes `count` unpacked bytes to `out`, every `stride` bytes from `offset`. */
function unpackBits(
  packed: Uint8Array,
  out: Uint8Array,
  offset: number,
  stride: number,
  count: number,
): void {
  let written = 0;
  let position = 0;
  while (written < count) {
    if (position + 1 >= packed.length) throw new RangeError("RLE segment ends early");
    const control = packed[position++]!;
    if (control === 128) continue;
    const length = control < 128 ? control + 1 : 257 - control;
    const run = Math.min(length, count - written);
    if (control < 128) {
      if (position + run > packed.length) throw new RangeError("RLE segment ends early");
      for (let i = 0; i < run; i++) out[offset + (written + i) * stride] = packed[position + i]!;
      position += length;
    } else {
      const value = packed[position++]!;
      for (let i = 0; i < run; i++) out[offset + (written + i) * stride] = value;
    }
    written += run;
  }
}
