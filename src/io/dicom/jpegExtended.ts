/**
 * Sequential Huffman JPEG of up to 12 bits and one component (ITU-T T.81, processes 1, 2 and 4):
 * the "extended" transfer syntax, which the 8-bit library cannot read. Throws RangeError with a short reason.
 */
export function decodeJpegExtended(stream: Uint8Array): Uint16Array {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const tables = emptyTables();
  let position = 2;
  while (position + 4 <= view.byteLength) {
    const marker = view.getUint16(position);
    const length = marker === 0xffff ? -1 : view.getUint16(position + 2);
    if (marker < 0xffc0 || (length >= 0 && length < 2)) throw new RangeError("a broken JPEG marker");
    const end = position + 2 + length;
    if (end > view.byteLength) break;
    const segment = stream.subarray(position + 4, Math.max(position + 4, end));
    if (marker === 0xffda) return decodeScan(tables, segment, stream.subarray(end));
    if (length >= 0) readSegment(marker, segment, tables);
    position = length >= 0 ? end : position + 1;
  }
  throw new RangeError("a JPEG stream without a scan");
}

/** Canonical Huffman code: for each length the first code, the first symbol's index and the last code. */
interface HuffmanTable {
  readonly symbols: Uint8Array;
  /** By code length 1..16: largest code (-1 if none) and symbol index minus code. */
  readonly maxCode: Int32Array;
  readonly offset: Int32Array;
}

interface Tables {
  readonly quantisation: Uint16Array[];
  readonly huffman: Map<number, HuffmanTable>;
  frame?: { precision: number; height: number; width: number; id: number; quantisation: number };
  restartInterval: number;
}

function emptyTables(): Tables {
  return { quantisation: [], huffman: new Map(), restartInterval: 0 };
}

function readSegment(marker: number, segment: Uint8Array, tables: Tables): void {
  if (marker === 0xffdb) readQuantisation(segment, tables);
  else if (marker === 0xffc4) readHuffman(segment, tables);
  else if (marker === 0xffdd) tables.restartInterval = (byteAt(segment, 0) << 8) | byteAt(segment, 1);
  else if (marker === 0xffc0 || marker === 0xffc1) {
    const word = (at: number): number => (byteAt(segment, at) << 8) | byteAt(segment, at + 1);
    if (byteAt(segment, 5) !== 1) throw new RangeError("a colour JPEG of more than 8 bits");
    const sampling = byteAt(segment, 7);
    if (sampling === 0) throw new RangeError("a broken JPEG frame header");
    tables.frame = {
      precision: byteAt(segment, 0),
      height: word(1),
      width: word(3),
      id: byteAt(segment, 6),
      quantisation: byteAt(segment, 8) & 3,
    };
  } else if (marker === 0xffc2) throw new RangeError("a progressive JPEG of more than 8 bits");
}

function byteAt(bytes: Uint8Array, index: number): number {
  const value = bytes[index];
  if (value === undefined) throw new RangeError("a JPEG segment that ends early");
  return value;
}

function readQuantisation(segment: Uint8Array, tables: Tables): void {
  for (let at = 0; at < segment.length;) {
    const header = byteAt(segment, at++);
    const wide = header >> 4 !== 0;
    const values = new Uint16Array(64);
    for (let i = 0; i < 64; i++) {
      values[i] = wide ? (byteAt(segment, at) << 8) | byteAt(segment, at + 1) : byteAt(segment, at);
      at += wide ? 2 : 1;
    }
    tables.quantisation[header & 3] = values;
  }
}

function readHuffman(segment: Uint8Array, tables: Tables): void {
  for (let at = 0; at < segment.length;) {
    const id = byteAt(segment, at++);
    const counts = Array.from({ length: 16 }, (_, i) => byteAt(segment, at + i));
    at += 16;
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (at + total > segment.length) throw new RangeError("a JPEG Huffman table that ends early");
    const maxCode = new Int32Array(17).fill(-1);
    const offset = new Int32Array(17);
    let code = 0;
    let index = 0;
    counts.forEach((count, i) => {
      offset[i + 1] = index - code;
      code += count;
      index += count;
      if (count > 0) maxCode[i + 1] = code - 1;
      code <<= 1;
    });
    tables.huffman.set(id, { symbols: segment.slice(at, at + total), maxCode, offset });
    at += total;
  }
}

/** Reads bits of entropy-coded data, undoing byte stuffing; past the end or at a marker it yields zeros. */
interface BitReader {
  bit(): number;
  bits(count: number): number;
  /** Skips to after the next restart marker. */
  restart(): void;
  /** Bits asked for beyond the data. */
  missing(): number;
}

function createBitReader(data: Uint8Array): BitReader {
  let position = 0;
  let current = 0;
  let left = 0;
  let beyond = 0;
  const bit = (): number => {
    if (left === 0) {
      const byte = data[position];
      const marker = byte === 0xff && data[position + 1] !== 0;
      if (byte === undefined || marker) {
        beyond++;
        return 0;
      }
      position += byte === 0xff ? 2 : 1;
      current = byte;
      left = 8;
    }
    left--;
    return (current >> left) & 1;
  };
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | bit();
    return value;
  };
  const restart = (): void => {
    left = 0;
    while (
      position + 1 < data.length &&
      !(data[position] === 0xff && (data[position + 1]! & 0xf8) === 0xd0)
    ) {
      position++;
    }
    position += 2;
  };
  return { bit, bits, restart, missing: () => beyond };
}

function decodeScan(tables: Tables, header: Uint8Array, data: Uint8Array): Uint16Array {
  const { frame } = tables;
  if (!frame) throw new RangeError("a JPEG scan before its frame header");
  if (byteAt(header, 0) !== 1) throw new RangeError("a JPEG scan of several components");
  const selectors = byteAt(header, 2);
  const dc = tables.huffman.get(selectors >> 4);
  const ac = tables.huffman.get(0x10 | (selectors & 15));
  const quantisation = tables.quantisation[frame.quantisation];
  if (!dc || !ac || !quantisation) throw new RangeError("a JPEG scan without its tables");
  const reader = createBitReader(data);
  const out = new Uint16Array(frame.width * frame.height);
  const [across, down] = [Math.ceil(frame.width / 8), Math.ceil(frame.height / 8)];
  const block = new Float64Array(64);
  let prediction = 0;
  for (let n = 0; n < across * down; n++) {
    if (tables.restartInterval > 0 && n > 0 && n % tables.restartInterval === 0) {
      reader.restart();
      prediction = 0;
    }
    prediction = readBlock(reader, dc, ac, quantisation, prediction, block);
    if (reader.missing() > 64) throw new RangeError("a JPEG scan that ends early");
    inverseTransform(block);
    storeBlock(block, out, frame, (n % across) * 8, Math.floor(n / across) * 8);
  }
  return out;
}

function readBlock(
  reader: BitReader,
  dc: HuffmanTable,
  ac: HuffmanTable,
  quantisation: Uint16Array,
  prediction: number,
  block: Float64Array,
): number {
  block.fill(0);
  const value = prediction + readSigned(reader, readSymbol(reader, dc));
  block[0] = value * quantisation[0]!;
  for (let k = 1; k < 64; k++) {
    const symbol = readSymbol(reader, ac);
    const size = symbol & 15;
    k += symbol >> 4;
    if (size === 0 && symbol >> 4 !== 15) break;
    if (k > 63) throw new RangeError("a broken JPEG block");
    if (size > 0) block[zigzag[k]!] = readSigned(reader, size) * quantisation[k]!;
  }
  return value;
}

function readSymbol(reader: BitReader, table: HuffmanTable): number {
  let code = 0;
  for (let length = 1; length <= 16; length++) {
    code = (code << 1) | reader.bit();
    if (code <= table.maxCode[length]!) return table.symbols[code + table.offset[length]!] ?? 0;
  }
  throw new RangeError("a broken JPEG Huffman code");
}

/** T.81 F.2.2.1: values with a leading zero bit are negative. */
function readSigned(reader: BitReader, size: number): number {
  if (size === 0) return 0;
  const value = reader.bits(size);
  return value < 2 ** (size - 1) ? value - 2 ** size + 1 : value;
}

/** Row-major position of the k-th coefficient along the zigzag. */
const zigzag: readonly number[] = Array.from({ length: 64 }, (_, i) => i).sort((a, b) => {
  const diagonal = (i: number): number => (i % 8) + Math.floor(i / 8);
  if (diagonal(a) !== diagonal(b)) return diagonal(a) - diagonal(b);
  return diagonal(a) % 2 === 0 ? (a % 8) - (b % 8) : (b % 8) - (a % 8);
});

/** cosines[8 x + u] = c(u)/2 cos((2x + 1) u pi / 16), T.81 A.3.3. */
const cosines: Float64Array = Float64Array.from({ length: 64 }, (_, i) => {
  const [x, u] = [Math.floor(i / 8), i % 8];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

function inverseTransform(block: Float64Array): void {
  const line = new Float64Array(8);
  for (const [count, step] of [
    [8, 1],
    [1, 8],
  ] as const) {
    for (let n = 0; n < 8; n++) {
      for (let x = 0; x < 8; x++) {
        let sum = 0;
        for (let u = 0; u < 8; u++) sum += cosines[8 * x + u]! * block[n * count + u * step]!;
        line[x] = sum;
      }
      for (let x = 0; x < 8; x++) block[n * count + x * step] = line[x]!;
    }
  }
}

function storeBlock(
  block: Float64Array,
  out: Uint16Array,
  frame: { precision: number; width: number; height: number },
  left: number,
  top: number,
): void {
  const middle = 2 ** (frame.precision - 1);
  const largest = 2 ** frame.precision - 1;
  for (let y = 0; y < Math.min(8, frame.height - top); y++) {
    for (let x = 0; x < Math.min(8, frame.width - left); x++) {
      const value = Math.round(block[8 * y + x]! + middle);
      out[(top + y) * frame.width + left + x] = Math.min(largest, Math.max(0, value));
    }
  }
}
