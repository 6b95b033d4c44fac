/* IEEE 754 half precision, for weight files. */

const word = new DataView(new ArrayBuffer(4));

/** The 16 bits of the nearest half-precision number, ties to even; too large becomes infinity. */
export function toFloat16(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200);
  const shifted = exponent - 127 + 15;
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted > 0) return sign | roundShift((shifted << 23) | mantissa, 13);
  // Subnormal: the hidden one becomes visible and moves right.
  return sign | (shifted < -10 ? 0 : roundShift(mantissa | 0x800000, 14 - shifted));
}

/** Shifts right and rounds to nearest, ties to even; a carry runs into the exponent, as it should. */
function roundShift(bits: number, count: number): number {
  const kept = bits >>> count;
  const lost = bits & ((1 << count) - 1);
  const half = 1 << (count - 1);
  return kept + (lost > half || (lost === half && (kept & 1) === 1) ? 1 : 0);
}

/** The value of 16 half-precision bits. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
