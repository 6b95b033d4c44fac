import { inflateSync } from "fflate";
import { badInput } from "../errors.ts";
import { crc32 } from "./crc32.ts";
import type { FileBytes } from "./file.ts";

/** What a zip archive may unpack to; beyond it the archive is refused before anything is unpacked. */
export interface ZipLimits {
  /** Bytes of all entries together; default 2 GiB. */
  readonly totalBytes: number;
  /** Number of entries; default 20,000. */
  readonly entries: number;
}

export const defaultZipLimits: ZipLimits = { totalBytes: 2 ** 31, entries: 20_000 };

/** Deflate cannot expand more than this; an entry that claims more lies about its size. */
const largestRatio = 1032;
const endRecordBytes = 22;
const entryBytes = 46;

/** One entry of the central directory (APPNOTE 4.3.12). */
interface Entry {
  readonly path: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
}

/** Whether the bytes start as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** Every zip among the files replaced by its entries (archives inside archives stay closed). */
export function expandZips(files: readonly FileBytes[], limits: ZipLimits = defaultZipLimits): FileBytes[] {
  return files.flatMap((file) => (isZip(file.bytes) ? unzipFiles(file.bytes, limits) : [file]));
}

/**
 * The files of a zip archive, folders flattened to base names; hidden files of archivers are left out.
 * Sizes are checked against the limits before, checksums after unpacking; anything wrong is `bad-input`.
 */
export function unzipFiles(archive: Uint8Array, limits: ZipLimits = defaultZipLimits): FileBytes[] {
  const wanted = readDirectory(archive).filter((entry) => isWanted(entry.path));
  if (wanted.length > limits.entries) {
    throw refused(`${wanted.length} entries`, `at most ${limits.entries}`);
  }
  const total = wanted.reduce((sum, entry) => sum + entry.unpacked, 0);
  if (total > limits.totalBytes) {
    throw refused(`${total} bytes once unpacked`, `at most ${limits.totalBytes}`);
  }
  return wanted.map((entry) => ({ name: baseName(entry.path), bytes: unpack(archive, entry) }));
}

function isWanted(path: string): boolean {
  return !path.endsWith("/") && !path.startsWith("__MACOSX/") && !baseName(path).startsWith(".");
}

function baseName(path: string): string {
  return path.split(/[\\/]/).pop() ?? "";
}

function refused(got: string, expected: string, cause?: unknown): Error {
  const todo = "Unpack it with another tool and give the folder";
  return badInput({ what: "Zip archive", got, expected, todo, cause });
}

function broken(): Error {
  return refused("a broken archive", "a complete zip file");
}

function readDirectory(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEndRecord(view);
  const count = view.getUint16(end + 10, true);
  let position = view.getUint32(end + 16, true);
  if (count === 0xffff || position === 0xffffffff)
    throw refused("a Zip64 archive", "a zip of less than 4 GiB");
  const entries: Entry[] = [];
  const decoder = new TextDecoder();
  for (let n = 0; n < count; n++) {
    if (position + entryBytes > end || view.getUint32(position, true) !== 0x02014b50) throw broken();
    const field = (offset: number): number => view.getUint32(position + offset, true);
    const nameLength = view.getUint16(position + 28, true);
    const nameStart = position + entryBytes;
    if (nameStart + nameLength > end) throw broken();
    entries.push({
      path: decoder.decode(bytes.subarray(nameStart, nameStart + nameLength)),
      flags: view.getUint16(position + 8, true),
      method: view.getUint16(position + 10, true),
      crc: field(16),
      packed: field(20),
      unpacked: field(24),
      offset: field(42),
    });
    position =
      nameStart + nameLength + view.getUint16(position + 30, true) + view.getUint16(position + 32, true);
  }
  return entries;
}

/** The end record is the last thing in the file but for a comment of up to 65,535 bytes. */
function findEndRecord(view: DataView): number {
  const last = view.byteLength - endRecordBytes;
  for (let position = last; position >= Math.max(0, last - 65_535); position--) {
    if (view.getUint32(position, true) === 0x06054b50) return position;
  }
  throw broken();
}

function unpack(archive: Uint8Array, entry: Entry): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  if (entry.flags & 1) throw refused("an encrypted entry", "an archive without a password");
  if (entry.unpacked > entry.packed * largestRatio + 1024) {
    throw refused("an entry that claims an impossible size", "an honest archive");
  }
  if (entry.offset + 30 > archive.length || view.getUint32(entry.offset, true) !== 0x04034b50) throw broken();
  const skip = view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  const start = entry.offset + 30 + skip;
  if (start + entry.packed > archive.length) throw broken();
  const bytes = inflateEntry(archive.subarray(start, start + entry.packed), entry);
  if (bytes.length !== entry.unpacked || crc32(bytes) !== entry.crc) throw broken();
  return bytes;
}

function inflateEntry(packed: Uint8Array, entry: Entry): Uint8Array {
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw refused(`compression method ${entry.method}`, "stored or deflated entries");
  try {
    return inflateSync(packed, { out: new Uint8Array(entry.unpacked) });
  } catch {
    throw broken();
  }
}
