import type { Random } from "../random.ts";

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Numbers that lie about sizes, in either byte order, and text that is no number. */
const lies: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0x7f],
  [0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 0x80],
  [...new TextEncoder().encode("-1")],
  [...new TextEncoder().encode("1e999")],
  [...new TextEncoder().encode("nan")],
];

/** One of the ways in which files go wrong: flipped or overwritten bytes, cuts, repetitions, false numbers. */
export function damageOnce(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  // Headers stand at the front, so half of the damage goes there.
  const at = random.integer(random.next() < 0.5 ? Math.min(bytes.length, 2048) : bytes.length);
  const copy = bytes.slice();
  switch (random.integer(8)) {
    case 0:
      copy[at] = copy[at]! ^ (1 << random.integer(8));
      return copy;
    case 1:
      copy[at] = random.integer(256);
      return copy;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return joined([bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(16))]);
    case 4:
      return joined([bytes.subarray(0, at), bytes.subarray(at, at + random.integer(64)), bytes.subarray(at)]);
    case 5:
      copy.fill(random.next() < 0.5 ? 0xff : 0, at, at + 1 + random.integer(8));
      return copy;
    case 6:
      copy[at] = 0x30 + random.integer(10);
      return copy;
    default: {
      const lie = lies[random.integer(lies.length)]!;
      copy.set(lie.slice(0, copy.length - at), at);
      return copy;
    }
  }
}

/** One to three injuries. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  let out = bytes;
  for (let rounds = 1 + random.integer(3); rounds > 0; rounds--) out = damageOnce(out, random);
  return out;
}
