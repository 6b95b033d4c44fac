import { Inflate } from "fflate";
import { badInput } from "../../errors.ts";

/** The most a deflated data set may grow to, in bytes. */
export const maxInflatedBytes: number = 512 * 1024 * 1024;

/** Input is fed in pieces this long, so that output arrives in pieces and the limit stops a bomb early. */
const pieceBytes = 64 * 1024;

/**
 * Inflates a raw deflate stream (transfer syntax 1.2.840.10008.1.2.1.99), refusing to grow beyond
 * `limit` bytes. A broken stream is `bad-input`.
 */
export function inflateBounded(
  bytes: Uint8Array,
  file: string,
  limit: number = maxInflatedBytes,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  let total = 0;
  const inflater = new Inflate((piece) => {
    total += piece.length;
    if (total > limit) throw tooLarge(file, limit);
    pieces.push(piece);
  });
  try {
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      const end = Math.min(start + pieceBytes, bytes.length);
      inflater.push(bytes.subarray(start, end), end === bytes.length);
    }
  } catch (cause) {
    if (total > limit) throw tooLarge(file, limit);
    throw badInput({
      what: `${file}: deflated data set`,
      got: "a broken deflate stream",
      todo: "Copy the file again",
      cause,
    });
  }
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function tooLarge(file: string, limit: number): Error {
  return badInput({
    what: `${file}: deflated data set`,
    got: `more than ${limit} bytes once inflated`,
    expected: "a single image",
    todo: "If the file is genuine, store it uncompressed first",
  });
}
