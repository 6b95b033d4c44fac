export { renderTile } from "./drr";
export { transposeXY } from "./transpose";
