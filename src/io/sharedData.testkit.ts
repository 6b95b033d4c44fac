import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { FileBytes } from "./file.ts";

/** Real third-party files for tests, outside the repository; absent in most checkouts. */
export const sharedData: string = resolve(import.meta.dirname, "../../../shared/data");
export const hasSharedData: boolean = existsSync(join(sharedData, "nifti"));

/** A file with its neighbours as siblings. */
export function loadFile(path: string): FileBytes {
  const folder = dirname(path);
  return {
    name: basename(path),
    bytes: new Uint8Array(readFileSync(path)),
    sibling: async (name) => new Uint8Array(readFileSync(join(folder, basename(name)))),
  };
}

export function loadShared(path: string): FileBytes {
  return loadFile(join(sharedData, path));
}

export function listShared(folder: string): string[] {
  return readdirSync(join(sharedData, folder)).sort();
}
