import { badInput } from "../../errors.ts";

/** How pixel data are packed. */
export type PixelEncoding = "native" | "rle" | "jpeg" | "jpeg-lossless" | "jpeg-ls" | "jpeg-2000";

/** What a transfer syntax UID says about a file (DICOM PS3.5 annex A). */
export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly encoding: PixelEncoding;
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
}

const root = "1.2.840.10008.1.2";

function define(
  suffix: string,
  name: string,
  encoding: PixelEncoding,
  flags: Partial<Pick<TransferSyntax, "implicit" | "bigEndian" | "deflated">> = {},
): TransferSyntax {
  return { uid: root + suffix, name, encoding, implicit: false, bigEndian: false, deflated: false, ...flags };
}

const known: readonly TransferSyntax[] = [
  define("", "Implicit VR Little Endian", "native", { implicit: true }),
  define(".1", "Explicit VR Little Endian", "native"),
  define(".1.99", "Deflated Explicit VR Little Endian", "native", { deflated: true }),
  define(".2", "Explicit VR Big Endian", "native", { bigEndian: true }),
  define(".5", "RLE Lossless", "rle"),
  define(".4.50", "JPEG Baseline", "jpeg"),
  define(".4.51", "JPEG Extended", "jpeg"),
  define(".4.57", "JPEG Lossless", "jpeg-lossless"),
  define(".4.70", "JPEG Lossless, first-order prediction", "jpeg-lossless"),
  define(".4.80", "JPEG-LS Lossless", "jpeg-ls"),
  define(".4.81", "JPEG-LS Near-Lossless", "jpeg-ls"),
  define(".4.90", "JPEG 2000 Lossless", "jpeg-2000"),
  define(".4.91", "JPEG 2000", "jpeg-2000"),
];

export const implicitLittleEndian: TransferSyntax = known[0]!;
export const explicitLittleEndian: TransferSyntax = known[1]!;

/** Names of every transfer syntax that is read. */
export const transferSyntaxNames: readonly string[] = known.map((syntax) => syntax.name);

/** Looks a UID up; an unknown one is `bad-input` naming the file and what can be read. */
export function transferSyntaxFromUid(uid: string, file: string): TransferSyntax {
  const found = known.find((syntax) => syntax.uid === uid);
  if (found) return found;
  // A UID is technical here: registered syntaxes all start with the same root, others are a vendor's.
  const shown = /^1\.2\.840\.10008\.[0-9.]{1,24}$/.test(uid) ? uid : "an unregistered transfer syntax";
  throw badInput({
    what: `${file}: TransferSyntaxUID (0002,0010)`,
    got: shown,
    expected: `one of ${transferSyntaxNames.join("; ")}`,
    todo: "Convert the file first, for example with dcmconv or gdcmconv",
  });
}
