import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import type { Quantity, Volume } from "../image/volume.ts";
import type { FormatWarning } from "./file.ts";

export interface ReadVolumeOptions {
  /** What the numbers mean; guessed from their range when absent (see guessQuantity). */
  readonly quantity?: Quantity;
}

export interface ReadRadiographOptions {
  /** What a pixel means, for formats that do not say. Default `unknown`. */
  readonly kind?: RadiographKind;
}

/** What a volume reader returns. */
export interface DecodedVolume {
  readonly volume: Volume;
  readonly warnings: readonly FormatWarning[];
  /** As printed by `inspect`, e.g. "NIfTI-1 (gzip)". */
  readonly format: string;
  /** False where the format or file states no spacing and 1 mm was assumed. */
  readonly spacingKnown: boolean;
  /** The fields of the header that spacing, place and orientation came from: "sform (code 2)". */
  readonly gridSource?: string;
}

/** What a radiograph reader returns. */
export interface DecodedRadiograph {
  readonly radiograph: Radiograph;
  readonly warnings: readonly FormatWarning[];
  readonly format: string;
}
