/**
 * sopi: 2D/3D registration. The table of contents of the public interface; frames, poses and units are stated in
 * CONVENTIONS.md. Nothing here touches files, threads or a screen: `sopi/node` adds those for Node.
 *
 * For research use only. Not a medical device. Do not use for diagnosis, treatment or surgical guidance.
 */

// Errors and random numbers
export { SopiError, type SopiErrorCode, type SopiErrorParts } from "./errors.ts";
export { type Random, createRandom } from "./random.ts";

// Geometry: vectors, rigid motions, the pose of the paper, the C-arm, calibrated cameras
export * from "./geometry/vec3.ts";
export * from "./geometry/mat3.ts";
export * from "./geometry/mat4.ts";
export * from "./geometry/so3.ts";
export * from "./geometry/se3.ts";
export * from "./geometry/pose.ts";
export * from "./geometry/carm.ts";
export * from "./geometry/camera.ts";
export * from "./geometry/presets.ts";

// The same view in the conventions of C-arms, calibrations and other programs
export {
  type CalibratedView,
  type ProjectionMatrix,
  dltFromProjection,
  factorProjection,
  projectWithMatrix,
  projectionFromDlt,
  projectionMatrix,
  viewFromProjection,
} from "./geometry/projectionMatrix.ts";
export {
  type CarmAngles,
  type CarmStand,
  cameraFromCarmAngles,
  carmAnglesFromCamera,
  formatCarmAngles,
  parseCarmAngles,
} from "./geometry/carmAngles.ts";
export {
  type PlastimatchPanel,
  plastimatchFlags,
  plastimatchFromView,
  viewFromPlastimatch,
} from "./geometry/plastimatch.ts";
export { type DiffDrrView, diffDrrFromView, viewFromDiffDrr } from "./geometry/diffDrr.ts";

// Images
export * from "./image/volume.ts";
export * from "./image/radiograph.ts";
export * from "./image/attenuation.ts";
export { orientationLetters, reorientToLps } from "./image/orientation.ts";
export {
  type ResampleOptions,
  cropVolume,
  resampleToSize,
  resampleToSpacing,
  resampleVolume,
} from "./image/resample.ts";
export { binRadiograph, downsampleVolume, radiographPyramid, volumePyramid } from "./image/pyramid.ts";
export { type ApplyMaskOptions, applyMask, maskOnGrid, selectLabels } from "./image/mask.ts";
export { guessLabelScheme, recogniseLabelScheme } from "./image/labelScheme.ts";
export { type LabelScheme, countLabels, labelName, parseLabels } from "./image/labels.ts";
export { type WarpOptions, type WarpedRadiograph, warpRadiograph } from "./image/warpRadiograph.ts";
export { type SpineMaskOptions, approximateSpineMask } from "./image/spine/approximateSpineMask.ts";
export { type LumbarCube, type LumbarCubeOptions, cropToLumbarCube } from "./image/spine/lumbarCube.ts";

// Files, as bytes
export type { FileBytes, FormatWarning } from "./io/file.ts";
export type {
  DecodedRadiograph,
  DecodedVolume,
  ReadRadiographOptions,
  ReadVolumeOptions,
} from "./io/decoded.ts";
export { type ImageFormat, detectFormat } from "./io/detect.ts";
export { readVolume } from "./io/readVolume.ts";
export { readRadiograph } from "./io/readRadiograph.ts";
export { type WriteNiftiOptions, writeNifti } from "./io/nifti/writeNifti.ts";
export { type WriteNrrdOptions, writeNrrd } from "./io/nrrd/writeNrrd.ts";
export { type WriteMetaImageOptions, writeMetaImage } from "./io/metaimage/writeMetaImage.ts";
export { type PngScale, type WritePngOptions, writePng } from "./io/png.ts";
export { writePfm } from "./io/pfm.ts";
export { writeNpy } from "./io/npy.ts";
export { geometryDocument, parseGeometry } from "./io/geometryFile.ts";
export { type StartPose, parsePose } from "./io/poseFile.ts";
export { type ResultDocument, formatResult, parseResult } from "./io/resultFile.ts";

export {
  type ReadTransform,
  type NamedTransform,
  readTransformFile,
  writeTransformFile,
} from "./io/transformFile.ts";
export { type ImageLandmark, type Landmark, type LandmarkPair, pairLandmarks } from "./io/landmark.ts";
export { readMarkups, writeMarkups } from "./io/markups.ts";
export { readImageLandmarks, writeImageLandmarks } from "./io/imageLandmarks.ts";
export {
  type ProjectedLandmark,
  projectLandmarks,
  readImageLandmarksCsv,
  readLandmarksCsv,
  writeProjectedLandmarks,
} from "./io/landmarksCsv.ts";
export { type ReadView, type ViewContext, type ViewForm, parseView } from "./io/viewFile.ts";
export { viewDocument } from "./io/viewDocument.ts";

// DICOM: series, X-rays, and the source of every number; codecs load when a file needs them
export * from "./io/dicom/index.ts";

// DRRs and their derivatives
export type { DrrWithJacobian, Projector, ProjectorVolume, TwistJacobian } from "./projector/projector.ts";
export { type ReferenceProjectorOptions, createReferenceProjector } from "./projector/reference.ts";
export { type WasmProjectorOptions, createWasmProjector } from "./projector/wasm.ts";
export { type RenderOptions, renderDrr, renderDrrBatch } from "./projector/renderAsync.ts";
export { type MaskProjectionOptions, projectMask } from "./projector/maskProjection.ts";

// Similarity of two images, with gradients
export type {
  Similarity,
  SimilarityFactory,
  SimilarityName,
  SimilarityOptions,
} from "./similarity/similarity.ts";
export { type SimilarityOptionsByName, similarities, similarityNames } from "./similarity/registry.ts";
export { poseGradient } from "./similarity/poseGradient.ts";

// Optimisers, driven by ask and tell
export type { Candidate, Evaluation, Optimiser, StopReason } from "./optimisers/optimiser.ts";
export { minimise } from "./optimisers/optimiser.ts";
export { type CmaesOptions, createCmaes } from "./optimisers/cmaes.ts";
export { type IpopCmaesOptions, createIpopCmaes } from "./optimisers/ipopCmaes.ts";
export { type PowellOptions, createPowell } from "./optimisers/powell.ts";
export { type NelderMeadOptions, createNelderMead } from "./optimisers/nelderMead.ts";
export { type AdamOptions, createAdam } from "./optimisers/adam.ts";
export { type SgdOptions, createSgd } from "./optimisers/sgd.ts";
export { type CyclicRateOptions, cyclicRate } from "./optimisers/cyclicRate.ts";
export { type LbfgsOptions, createLbfgs } from "./optimisers/lbfgs.ts";
export { type LevenbergMarquardtOptions, createLevenbergMarquardt } from "./optimisers/levenbergMarquardt.ts";

// Phantoms and simulated X-rays
export { type SpinePhantom, type SpinePhantomOptions, createSpinePhantom } from "./phantoms/spinePhantom.ts";
export {
  type SimulatedXray,
  type XrayRequest,
  type XraySimulator,
  createXraySimulator,
  simulateXray,
} from "./phantoms/xraySimulator.ts";
export { type XrayPhysics, type XrayPreset, xrayPresets } from "./phantoms/xray/xrayPhysics.ts";

// Registration
export {
  type Content,
  type PrepareCtOptions,
  type PreparedCt,
  prepareCt,
} from "./registration/preparedCt.ts";
export { type RegisterOptions, register } from "./registration/register.ts";
export type { RegistrationResult, RegistrationStatus, RegistrationStep } from "./registration/result.ts";
export type { RegistrationMethod } from "./registration/method.ts";
export { registrationMethod, registrationMethods } from "./registration/methods.ts";

export {
  type LandmarkPose,
  type LandmarkPoseOptions,
  initialFromLandmarks,
} from "./registration/initialFromLandmarks.ts";
export { type DicomPose, type DicomPoseOptions, initialFromDicom } from "./registration/initialFromDicom.ts";

// Networks that some methods use; `createNodeNetworks` reads the shipped weights
export { type Networks, type NetworkSource, createNetworks } from "./networks/networks.ts";

// Judging a registration: errors, pictures, report
export * from "./evaluation/poseErrors.ts";
export { type ResultContext, resultDocument } from "./evaluation/resultDocument.ts";
export { type RegisteredPair, registrationImages } from "./evaluation/registrationImages.ts";
export type { Picture, ScalarImage } from "./evaluation/pictures/picture.ts";
export { type IntensityWindow, greyPicture, robustWindow } from "./evaluation/pictures/intensityWindow.ts";
export { differencePicture, edgeOverlay, fusionPicture } from "./evaluation/pictures/overlays.ts";
export {
  type RegistrationImages,
  type RegistrationPictures,
  registrationPictures,
} from "./evaluation/pictures/registrationPictures.ts";
export { type Tile, pictureSheet } from "./evaluation/pictures/sheet.ts";
export { encodePicture } from "./evaluation/pictures/encodePicture.ts";
export { registrationReport } from "./evaluation/report/registrationReport.ts";
export type { ReportInput } from "./evaluation/report/reportInput.ts";
