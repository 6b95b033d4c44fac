/** How a value is stored; decides how an implicit data set, which names no representation, is read. */
export type TagRepresentation =
  | "US"
  | "SS"
  | "UL"
  | "DS"
  | "IS"
  | "CS"
  | "UI"
  | "LO"
  | "PN"
  | "DA"
  | "FL"
  | "FD"
  | "SQ";

/** One DICOM attribute this reader understands. */
export interface DicomTag {
  /** As dicom-parser keys it: x, group, element, lower case. */
  readonly key: string;
  /** As people and `inspect` name it: "Rows (0028,0010)". */
  readonly label: string;
  readonly vr: TagRepresentation;
}

/** Attribute numbers, representations and keywords from DICOM PS3.6. */
const table = {
  transferSyntaxUid: ["0002", "0010", "UI", "TransferSyntaxUID"],
  imageType: ["0008", "0008", "CS", "ImageType"],
  sopInstanceUid: ["0008", "0018", "UI", "SOPInstanceUID"],
  studyDate: ["0008", "0020", "DA", "StudyDate"],
  modality: ["0008", "0060", "CS", "Modality"],
  seriesDescription: ["0008", "103E", "LO", "SeriesDescription"],
  patientName: ["0010", "0010", "PN", "PatientName"],
  patientId: ["0010", "0020", "LO", "PatientID"],
  patientBirthDate: ["0010", "0030", "DA", "PatientBirthDate"],
  sliceThickness: ["0018", "0050", "DS", "SliceThickness"],
  sourceToDetector: ["0018", "1110", "DS", "DistanceSourceToDetector"],
  sourceToPatient: ["0018", "1111", "DS", "DistanceSourceToPatient"],
  magnification: ["0018", "1114", "DS", "EstimatedRadiographicMagnificationFactor"],
  imagerPixelSpacing: ["0018", "1164", "DS", "ImagerPixelSpacing"],
  positionerMotion: ["0018", "1500", "CS", "PositionerMotion"],
  primaryAngle: ["0018", "1510", "DS", "PositionerPrimaryAngle"],
  secondaryAngle: ["0018", "1511", "DS", "PositionerSecondaryAngle"],
  primaryAngleIncrement: ["0018", "1520", "DS", "PositionerPrimaryAngleIncrement"],
  secondaryAngleIncrement: ["0018", "1521", "DS", "PositionerSecondaryAngleIncrement"],
  detectorPrimaryAngle: ["0018", "1530", "DS", "DetectorPrimaryAngle"],
  detectorSecondaryAngle: ["0018", "1531", "DS", "DetectorSecondaryAngle"],
  shutterShape: ["0018", "1600", "CS", "ShutterShape"],
  shutterLeft: ["0018", "1602", "IS", "ShutterLeftVerticalEdge"],
  shutterRight: ["0018", "1604", "IS", "ShutterRightVerticalEdge"],
  shutterUpper: ["0018", "1606", "IS", "ShutterUpperHorizontalEdge"],
  shutterLower: ["0018", "1608", "IS", "ShutterLowerHorizontalEdge"],
  shutterCentre: ["0018", "1610", "IS", "CenterOfCircularShutter"],
  shutterRadius: ["0018", "1612", "IS", "RadiusOfCircularShutter"],
  shutterVertices: ["0018", "1620", "IS", "VerticesOfThePolygonalShutter"],
  collimatorShape: ["0018", "1700", "CS", "CollimatorShape"],
  collimatorLeft: ["0018", "1702", "IS", "CollimatorLeftVerticalEdge"],
  collimatorRight: ["0018", "1704", "IS", "CollimatorRightVerticalEdge"],
  collimatorUpper: ["0018", "1706", "IS", "CollimatorUpperHorizontalEdge"],
  collimatorLower: ["0018", "1708", "IS", "CollimatorLowerHorizontalEdge"],
  collimatorCentre: ["0018", "1710", "IS", "CenterOfCircularCollimator"],
  collimatorRadius: ["0018", "1712", "IS", "RadiusOfCircularCollimator"],
  collimatorVertices: ["0018", "1720", "IS", "VerticesOfThePolygonalCollimator"],
  viewPosition: ["0018", "5101", "CS", "ViewPosition"],
  fieldOfViewOrigin: ["0018", "7030", "DS", "FieldOfViewOrigin"],
  fieldOfViewRotation: ["0018", "7032", "DS", "FieldOfViewRotation"],
  fieldOfViewFlip: ["0018", "7034", "CS", "FieldOfViewHorizontalFlip"],
  sourceToIsocentre: ["0018", "9402", "FL", "DistanceSourceToIsocenter"],
  seriesInstanceUid: ["0020", "000E", "UI", "SeriesInstanceUID"],
  studyInstanceUid: ["0020", "000D", "UI", "StudyInstanceUID"],
  patientOrientation: ["0020", "0020", "CS", "PatientOrientation"],
  imagePosition: ["0020", "0032", "DS", "ImagePositionPatient"],
  imageOrientation: ["0020", "0037", "DS", "ImageOrientationPatient"],
  planePosition: ["0020", "9113", "SQ", "PlanePositionSequence"],
  samplesPerPixel: ["0028", "0002", "US", "SamplesPerPixel"],
  photometricInterpretation: ["0028", "0004", "CS", "PhotometricInterpretation"],
  planarConfiguration: ["0028", "0006", "US", "PlanarConfiguration"],
  numberOfFrames: ["0028", "0008", "IS", "NumberOfFrames"],
  rows: ["0028", "0010", "US", "Rows"],
  columns: ["0028", "0011", "US", "Columns"],
  pixelSpacing: ["0028", "0030", "DS", "PixelSpacing"],
  bitsAllocated: ["0028", "0100", "US", "BitsAllocated"],
  bitsStored: ["0028", "0101", "US", "BitsStored"],
  highBit: ["0028", "0102", "US", "HighBit"],
  pixelRepresentation: ["0028", "0103", "US", "PixelRepresentation"],
  pixelPadding: ["0028", "0120", "US", "PixelPaddingValue"],
  pixelPaddingLimit: ["0028", "0121", "US", "PixelPaddingRangeLimit"],
  burnedInAnnotation: ["0028", "0301", "CS", "BurnedInAnnotation"],
  intensityRelationship: ["0028", "1040", "CS", "PixelIntensityRelationship"],
  intensitySign: ["0028", "1041", "SS", "PixelIntensityRelationshipSign"],
  windowCenter: ["0028", "1050", "DS", "WindowCenter"],
  windowWidth: ["0028", "1051", "DS", "WindowWidth"],
  rescaleIntercept: ["0028", "1052", "DS", "RescaleIntercept"],
  rescaleSlope: ["0028", "1053", "DS", "RescaleSlope"],
  spacingCalibration: ["0028", "0A02", "CS", "PixelSpacingCalibrationType"],
  lossyCompression: ["0028", "2110", "CS", "LossyImageCompression"],
  modalityLut: ["0028", "3000", "SQ", "ModalityLUTSequence"],
  representativeFrame: ["0028", "6010", "US", "RepresentativeFrameNumber"],
  sharedGroups: ["5200", "9229", "SQ", "SharedFunctionalGroupsSequence"],
  perFrameGroups: ["5200", "9230", "SQ", "PerFrameFunctionalGroupsSequence"],
  pixelData: ["7FE0", "0010", "US", "PixelData"],
} as const;

export type TagName = keyof typeof table;

/** Every attribute that is read, by a short name. */
export const tags: Readonly<Record<TagName, DicomTag>> = Object.fromEntries(
  Object.entries(table).map(([name, [group, element, vr, keyword]]) => {
    const key = `x${group}${element}`.toLowerCase();
    return [name, { key, label: `${keyword} (${group},${element})`, vr } satisfies DicomTag];
  }),
) as Record<TagName, DicomTag>;
