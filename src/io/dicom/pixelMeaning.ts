import type { RadiographKind } from "../../image/radiograph.ts";
import { type FrameReaders, frameNumbers, frameText } from "./functionalGroups.ts";
import { printable } from "./privacy.ts";
import { tags } from "./tags.ts";

/** Whether dense tissue (much attenuation) has high or low values in the returned picture. */
export type Polarity = "dense-is-high" | "dense-is-low" | "unknown";

/** How stored values become a radiograph, and from which attribute that is known. */
export interface PixelMeaning {
  readonly kind: RadiographKind;
  readonly polarity: Polarity;
  /** Whether stored values are turned round (largest + smallest possible - value). */
  readonly invert: boolean;
  readonly source: string;
}

/**
 * PixelIntensityRelationship and its sign (PS3.3 C.8.11.3.1.2) decide: LIN is intensity, LOG is the
 * logarithm of intensity, so the negative of the line integral up to scale and offset. A picture made
 * for display (DISP) or without the attribute is `unknown`; lookup tables meant for screens are never applied.
 */
export function readPixelMeaning(readers: FrameReaders, photometric: string): PixelMeaning {
  const relationship = frameText(readers, tags.intensityRelationship);
  const sign = frameNumbers(readers, tags.intensitySign)?.[0];
  const source =
    sign === undefined
      ? tags.intensityRelationship.label
      : `${tags.intensityRelationship.label}, ${tags.intensitySign.label}`;
  const reversed = sign === -1;
  if (relationship === "LIN")
    return { kind: "intensity", polarity: "dense-is-low", invert: reversed, source };
  if (relationship === "LOG") {
    return { kind: "line-integral", polarity: "dense-is-high", invert: !reversed, source };
  }
  const shown = relationship === undefined ? "absent" : `"${printable(relationship, 16)}"`;
  const unknown = { kind: "unknown", invert: false } as const;
  if (sign === 1 || sign === -1) {
    return {
      ...unknown,
      polarity: reversed ? "dense-is-high" : "dense-is-low",
      source: tags.intensitySign.label,
    };
  }
  const modality = frameText(readers, tags.modality) ?? "";
  if (!["CR", "DX", "RG", "CT"].includes(modality)) {
    return { ...unknown, polarity: "unknown", source: `${tags.intensityRelationship.label} ${shown}` };
  }
  // Radiographs are shown with bones white; MONOCHROME1 shows low values white.
  const polarity = photometric === "MONOCHROME1" ? "dense-is-low" : "dense-is-high";
  return { ...unknown, polarity, source: `${tags.photometricInterpretation.label}, ${tags.modality.label}` };
}
