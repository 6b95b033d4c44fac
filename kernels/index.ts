export { renderTile } from "./tile";
export { markBlocks, sumBlocks } from "./occupancy";
export { transposeXY } from "./transpose";
