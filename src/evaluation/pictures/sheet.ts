import { cellHeight, drawText, textWidth } from "./bitmapFont.ts";
import { type Colour, type Picture, createPicture, placePicture } from "./picture.ts";

/** A picture with a line of text below it. */
export interface Tile {
  readonly picture: Picture;
  readonly caption: string;
}

/** The looks of a sheet. */
export interface SheetOptions {
  /** Tiles beside each other. Default: all in one row. */
  readonly columns?: number;
  /** One line above the tiles. */
  readonly title?: string;
}

const paper: Colour = [18, 18, 20];
const ink: Colour = [232, 232, 232];
const gap = 10;

/** The largest text scale (1..3) at which every caption fits its tile. */
function captionScale(tiles: readonly Tile[], tileWidth: number): number {
  const widest = Math.max(...tiles.map((tile) => textWidth(tile.caption, 1)));
  return Math.max(1, Math.min(3, Math.round(tileWidth / 256), Math.floor(tileWidth / Math.max(1, widest))));
}

/** Pictures side by side on a dark sheet, each with its caption below. */
export function pictureSheet(tiles: readonly Tile[], options: SheetOptions = {}): Picture {
  const { columns = tiles.length, title } = options;
  const tileWidth = Math.max(...tiles.map((tile) => tile.picture.width));
  const tileHeight = Math.max(...tiles.map((tile) => tile.picture.height));
  const scale = captionScale(tiles, tileWidth);
  const line = cellHeight * scale;
  const rows = Math.ceil(tiles.length / columns);
  const top = title === undefined ? gap : gap + line + gap;
  const stepX = tileWidth + gap;
  const stepY = tileHeight + line + 2 * gap;
  const sheet = createPicture(gap + columns * stepX, top + rows * stepY, paper);
  if (title !== undefined) drawText(sheet, title, gap, gap, ink, scale);
  tiles.forEach((tile, index) => {
    const left = gap + (index % columns) * stepX;
    const y = top + Math.floor(index / columns) * stepY;
    placePicture(sheet, tile.picture, left, y);
    drawText(sheet, tile.caption, left, y + tile.picture.height + gap / 2 + scale, ink, scale);
  });
  return sheet;
}
