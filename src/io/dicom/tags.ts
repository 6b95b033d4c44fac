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

function define(group: string, element: string, vr: TagRepresentation, keyword: string): DicomTag {
  return {
    key: `x${group}${element}`.toLowerCase(),
    label: `${keyword} (${group},${element})`,
    vr,
  };
}

/** Attribute numbers and names from DICOM PS3.6. */
export const tags = {
  transferSyntaxUid: define("0002", "0010", "UI", "TransferSyntaxUID"),
  imageType: define("0008", "0008", "CS", "ImageType"),
  sopClassUid: define("0008", "0016", "UI", "SOPClassUID"),
  sopInstanceUid: define("0008", "0018", "UI", "SOPInstanceUID"),
  studyDate: define("0008", "0020", "DA", "StudyDate"),
  modality: define("0008", "0060", "CS", "Modality"),
  seriesDescription: define("0008", "103E", "LO", "SeriesDescription"),
  patientName: define("0010", "0010", "PN", "PatientName"),
  patientId: define("0010", "0020", "LO", "PatientID"),
  patientBirthDate: define("0010", "0030", "DA", "PatientBirthDate"),
  sliceThickness: define("0018", "0050", "DS", "SliceThickness"),
  sourceToDetector: define("0018", "1110", "DS", "DistanceSourceToDetector"),
  sourceToPatient: define("0018", "1111", "DS", "DistanceSourceToPatient"),
  magnification: define("0018", "1114", "DS", "EstimatedRadiographicMagnificationFactor"),
  gantryTilt: define("0018", "1120", "DS", "GantryDetectorTilt"),
  imagerPixelSpacing: define("0018", "1164", "DS", "ImagerPixelSpacing"),
  positionerMotion: define("0018", "1500", "CS", "PositionerMotion"),
  primaryAngle: define("0018", "1510", "DS", "PositionerPrimaryAngle"),
  secondaryAngle: define("0018", "1511", "DS", "PositionerSecondaryAngle"),
  primaryAngleIncrement: define("0018", "1520", "DS", "PositionerPrimaryAngleIncrement"),
  secondaryAngleIncrement: define("0018", "1521", "DS", "PositionerSecondaryAngleIncrement"),
  detectorPrimaryAngle: define("0018", "1530", "DS", "DetectorPrimaryAngle"),
  detectorSecondaryAngle: define("0018", "1531", "DS", "DetectorSecondaryAngle"),
  shutterShape: define("0018", "1600", "CS", "ShutterShape"),
  shutterLeft: define("0018", "1602", "IS", "ShutterLeftVerticalEdge"),
  shutterRight: define("0018", "1604", "IS", "ShutterRightVerticalEdge"),
  shutterUpper: define("0018", "1606", "IS", "ShutterUpperHorizontalEdge"),
  shutterLower: define("0018", "1608", "IS", "ShutterLowerHorizontalEdge"),
  shutterCentre: define("0018", "1610", "IS", "CenterOfCircularShutter"),
  shutterRadius: define("0018", "1612", "IS", "RadiusOfCircularShutter"),
  shutterVertices: define("0018", "1620", "IS", "VerticesOfThePolygonalShutter"),
  collimatorShape: define("0018", "1700", "CS", "CollimatorShape"),
  collimatorLeft: define("0018", "1702", "IS", "CollimatorLeftVerticalEdge"),
  collimatorRight: define("0018", "1704", "IS", "CollimatorRightVerticalEdge"),
  collimatorUpper: define("0018", "1706", "IS", "CollimatorUpperHorizontalEdge"),
  collimatorLower: define("0018", "1708", "IS", "CollimatorLowerHorizontalEdge"),
  collimatorCentre: define("0018", "1710", "IS", "CenterOfCircularCollimator"),
  collimatorRadius: define("0018", "1712", "IS", "RadiusOfCircularCollimator"),
  collimatorVertices: define("0018", "1720", "IS", "VerticesOfThePolygonalCollimator"),
  patientPosition: define("0018", "5100", "CS", "PatientPosition"),
  viewPosition: define("0018", "5101", "CS", "ViewPosition"),
  fieldOfViewOrigin: define("0018", "7030", "DS", "FieldOfViewOrigin"),
  fieldOfViewRotation: define("0018", "7032", "DS", "FieldOfViewRotation"),
  fieldOfViewFlip: define("0018", "7034", "CS", "FieldOfViewHorizontalFlip"),
  seriesInstanceUid: define("0020", "000E", "UI", "SeriesInstanceUID"),
  studyInstanceUid: define("0020", "000D", "UI", "StudyInstanceUID"),
  seriesNumber: define("0020", "0011", "IS", "SeriesNumber"),
  acquisitionNumber: define("0020", "0012", "IS", "AcquisitionNumber"),
  patientOrientation: define("0020", "0020", "CS", "PatientOrientation"),
  imagePosition: define("0020", "0032", "DS", "ImagePositionPatient"),
  imageOrientation: define("0020", "0037", "DS", "ImageOrientationPatient"),
  planePosition: define("0020", "9113", "SQ", "PlanePositionSequence"),
  samplesPerPixel: define("0028", "0002", "US", "SamplesPerPixel"),
  photometricInterpretation: define("0028", "0004", "CS", "PhotometricInterpretation"),
  planarConfiguration: define("0028", "0006", "US", "PlanarConfiguration"),
  numberOfFrames: define("0028", "0008", "IS", "NumberOfFrames"),
  rows: define("0028", "0010", "US", "Rows"),
  columns: define("0028", "0011", "US", "Columns"),
  pixelSpacing: define("0028", "0030", "DS", "PixelSpacing"),
  bitsAllocated: define("0028", "0100", "US", "BitsAllocated"),
  bitsStored: define("0028", "0101", "US", "BitsStored"),
  highBit: define("0028", "0102", "US", "HighBit"),
  pixelRepresentation: define("0028", "0103", "US", "PixelRepresentation"),
  pixelPadding: define("0028", "0120", "US", "PixelPaddingValue"),
  pixelPaddingLimit: define("0028", "0121", "US", "PixelPaddingRangeLimit"),
  burnedInAnnotation: define("0028", "0301", "CS", "BurnedInAnnotation"),
  intensityRelationship: define("0028", "1040", "CS", "PixelIntensityRelationship"),
  intensitySign: define("0028", "1041", "SS", "PixelIntensityRelationshipSign"),
  windowCenter: define("0028", "1050", "DS", "WindowCenter"),
  windowWidth: define("0028", "1051", "DS", "WindowWidth"),
  rescaleIntercept: define("0028", "1052", "DS", "RescaleIntercept"),
  rescaleSlope: define("0028", "1053", "DS", "RescaleSlope"),
  spacingCalibration: define("0028", "0A02", "CS", "PixelSpacingCalibrationType"),
  lossyCompression: define("0028", "2110", "CS", "LossyImageCompression"),
  modalityLut: define("0028", "3000", "SQ", "ModalityLUTSequence"),
  representativeFrame: define("0028", "6010", "US", "RepresentativeFrameNumber"),
  sharedGroups: define("5200", "9229", "SQ", "SharedFunctionalGroupsSequence"),
  perFrameGroups: define("5200", "9230", "SQ", "PerFrameFunctionalGroupsSequence"),
  pixelData: define("7FE0", "0010", "US", "PixelData"),
} as const satisfies Record<string, DicomTag>;
