/** What a compressed stream says about itself before anything is decoded. */
export interface CodestreamInfo {
  readonly kind: "jpeg" | "jpeg-lossless" | "jpeg-ls" | "jpeg-2000";
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits per sample. */
  readonly precision: number;
  /** Whether the stream ends with its end-of-image mark; without it the end may be missing. */
  readonly complete: boolean;
}

/**
 * Reads the header of a JPEG, JPEG-LS or JPEG 2000 stream, so that a decoder is only started on
 * a picture of the size the file announces. Throws RangeError with a short reason.
 */
export function readCodestreamInfo(bytes: Uint8Array): CodestreamInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const complete = endsWithMark(bytes);
  if (bytes.length > 4 && view.getUint16(0) === 0xffd8) return { ...jpegInfo(view), complete };
  const start = jpeg2000Start(view);
  if (start === undefined) throw new RangeError("no JPEG, JPEG-LS or JPEG 2000 stream");
  return { ...jpeg2000Info(view, start), complete };
}

/** Both families end with FF D9; writers pad to an even length with 00 or FF. */
function endsWithMark(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (end > 2 && (bytes[end - 1] === 0 || bytes[end - 1] === 0xff)) end--;
  return end >= 2 && bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9;
}

function jpegInfo(view: DataView): Omit<CodestreamInfo, "complete"> {
  let position = 2;
  while (position + 4 <= view.byteLength) {
    const marker = view.getUint16(position);
    if (marker === 0xffff) {
      position++;
      continue;
    }
    if (marker < 0xffc0) throw new RangeError("a JPEG stream with a broken marker");
    const kind = frameKind(marker);
    if (kind) {
      if (position + 10 > view.byteLength) break;
      const height = view.getUint16(position + 5);
      const width = view.getUint16(position + 7);
      return {
        kind,
        width,
        height,
        precision: view.getUint8(position + 4),
        components: view.getUint8(position + 9),
      };
    }
    position += 2 + view.getUint16(position + 2);
  }
  throw new RangeError("a JPEG stream without a frame header");
}

function frameKind(marker: number): CodestreamInfo["kind"] | undefined {
  if (marker === 0xfff7) return "jpeg-ls";
  if (marker === 0xffc3) return "jpeg-lossless";
  if (marker >= 0xffc0 && marker <= 0xffc2) return "jpeg";
  const otherFrame =
    marker > 0xffc3 && marker <= 0xffcf && marker !== 0xffc4 && marker !== 0xffcc && marker !== 0xffc8;
  if (otherFrame) throw new RangeError("a hierarchical or arithmetic-coded JPEG stream");
  return undefined;
}

/** A raw codestream starts at once; inside a JP2 file it follows a few boxes. */
function jpeg2000Start(view: DataView): number | undefined {
  const mark = 0xff4fff51;
  if (view.byteLength < 12) return undefined;
  if (view.getUint32(0) === mark) return 0;
  if (view.getUint32(4) !== 0x6a502020) return undefined;
  const limit = Math.min(view.byteLength - 4, 4096);
  for (let position = 12; position <= limit; position++) {
    if (view.getUint32(position) === mark) return position;
  }
  return undefined;
}

function jpeg2000Info(view: DataView, start: number): Omit<CodestreamInfo, "complete"> {
  if (start + 46 > view.byteLength) throw new RangeError("a JPEG 2000 stream without a size header");
  const at = (index: number): number => view.getUint32(start + 8 + 4 * index);
  const [width, height] = [at(0) - at(2), at(1) - at(3)];
  const [tileWidth, tileHeight] = [at(4), at(5)];
  const tiles = Math.ceil(at(0) / tileWidth) * Math.ceil(at(1) / tileHeight);
  if (!(tiles >= 1 && tiles <= 65_535)) throw new RangeError("a JPEG 2000 stream with an impossible tiling");
  const components = view.getUint16(start + 40);
  return { kind: "jpeg-2000", width, height, components, precision: (view.getUint8(start + 42) & 0x7f) + 1 };
}
