export { runJob, workerLoop } from "./job";
export { markBlocks, sumBlocks } from "./occupancy";
export { transposeXY } from "./transpose";
