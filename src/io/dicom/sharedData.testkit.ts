import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { FileBytes } from "../file.ts";

/** Real third-party images live beside the repository, where they are present at all. */
export const sharedData: string = resolve(import.meta.dirname, "../../../../shared/data");
export const hasSharedData: boolean = existsSync(sharedData);

export function sharedFile(path: string): FileBytes {
  const full = join(sharedData, path);
  return { name: basename(full), bytes: new Uint8Array(readFileSync(full)) };
}

/** Every file below a folder, in name order. */
export function sharedFolder(path: string): FileBytes[] {
  const entries = readdirSync(join(sharedData, path)).sort();
  return entries.flatMap((entry) => {
    const child = join(path, entry);
    return statSync(join(sharedData, child)).isDirectory() ? sharedFolder(child) : [sharedFile(child)];
  });
}
