/** What Node adds to the library: projectors over worker threads, and files. */
export { type NodeProjectorOptions, createNodeProjector } from "./projector.ts";
export {
  type FileRole,
  type VolumeFile,
  type XrayFile,
  readGeometryFile,
  readTextFile,
  readVolumeFile,
  readXrayFile,
} from "./imageFiles.ts";
export { type ReadFileOptions, isFolder, listFiles, readFileBytes, sha256 } from "./fileReader.ts";
export { type OutputFile, checkOutputs, writeFiles } from "./fileWriter.ts";
export { type NodeRuntimeOptions, createNodeRuntime } from "./onnxSession.ts";
export { type WorkerRuntimeOptions, createWorkerRuntime } from "./onnxSessionWorker.ts";
export { type NodeNetworksOptions, createNodeNetworks } from "./networks.ts";
