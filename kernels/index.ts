export { runJob, workerLoop } from "./job";
export { markBlocks, sumBlocks } from "./occupancy";
export { packSlice, repack } from "./pack";
