/** DICOM: CT series and X-ray pictures with their geometry. */
export type { CodecOptions } from "./codecs.ts";
export { type DicomRadiograph, type DicomRadiographOptions, readDicomRadiograph } from "./dicomRadiograph.ts";
export {
  type DicomVolume,
  type DicomVolumeOptions,
  listDicomSeries,
  readDicomVolume,
} from "./dicomVolume.ts";
export type { SourcedFact } from "../sourcedFact.ts";
export type { Handedness } from "./handedness.ts";
export { isDicom } from "./header.ts";
export type { DicomIdentity } from "./identity.ts";
export type { FrameChoice } from "./meanFrame.ts";
export type { Polarity } from "./pixelMeaning.ts";
export type { SeriesSummary } from "./series.ts";
export type { Sourced } from "./sourced.ts";
export type { StackOptions } from "./stack.ts";
export { type GeometryOverrides, completeGeometry, givenGeometry } from "./completeGeometry.ts";
export type { MissingQuantity, XrayGeometry } from "./xrayGeometry.ts";
