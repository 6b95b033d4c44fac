import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readFile, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SopiError, badInput } from "../../errors.ts";
import type { FileBytes } from "../../io/file.ts";

/** What is read and how much of it at most. */
export interface ReadFileOptions {
  /** How errors call the file: "CT", "X-ray", "geometry". Default "File". */
  readonly what?: string;
  /** Larger files are refused. Default 2 GiB, the most one buffer holds. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 2 ** 31 - 1;

function unreadable(what: string, path: string, cause: unknown): SopiError {
  const code = (cause as NodeJS.ErrnoException).code;
  const reasons: Record<string, [got: string, todo: string]> = {
    ENOENT: ["no such file", "Check the path."],
    ENOTDIR: ["a path through something that is not a folder", "Check the path."],
    EACCES: ["no permission to read it", "Change its permissions or copy it somewhere readable."],
    EPERM: ["no permission to read it", "Change its permissions or copy it somewhere readable."],
    EISDIR: ["a folder", "Name one file."],
  };
  const [got, todo] = reasons[code ?? ""] ?? [code ?? String(cause), "Check that the disk can be read."];
  return badInput({ what: `${what} ${path}`, got, expected: "a readable file", todo, cause });
}

/**
 * One file with the door to its neighbours: `sibling` opens a file of the same folder by its base name
 * and refuses anything with a path in it. Throws `bad-input` for a missing, empty, unreadable or too
 * large file and for a folder.
 */
export async function readFileBytes(path: string, options: ReadFileOptions = {}): Promise<FileBytes> {
  const bytes = await readBytes(path, options);
  const folder = dirname(path);
  const sibling = async (name: string): Promise<Uint8Array> => {
    if (name !== basename(name) || name.includes("\\") || name === "." || name === "..") {
      throw badInput({
        what: `${options.what ?? "File"} ${path}`,
        got: `a reference to "${name}"`,
        expected: "the name of a file in the same folder",
      });
    }
    return readBytes(join(folder, name), options);
  };
  return { name: basename(path), bytes, sibling };
}

async function readBytes(path: string, options: ReadFileOptions): Promise<Uint8Array> {
  const { what = "File", maxBytes = defaultMaxBytes } = options;
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    if (!info.isFile()) throw Object.assign(new Error("special file"), { code: "not a regular file" });
    if (info.size > maxBytes) {
      throw badInput({
        what: `${what} ${path}`,
        got: `${info.size} bytes`,
        expected: `at most ${maxBytes} bytes`,
        todo: "Crop or resample the image first.",
      });
    }
    const bytes = await readFile(path);
    if (bytes.length === 0) {
      throw badInput({
        what: `${what} ${path}`,
        got: "an empty file (0 bytes)",
        expected: "an image or document",
      });
    }
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    if (error instanceof SopiError) throw error;
    throw unreadable(what, path, error);
  }
}

/** Whether the path is an existing folder; false also when nothing is there. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Paths of the regular files of a folder and its subfolders, sorted by name so that the order never
 * depends on the disk; hidden files are left out, links are not followed.
 */
export async function listFiles(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable("Folder", folder, error);
  }
  const paths: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) paths.push(...(await listFiles(path)));
    else if (entry.isFile()) paths.push(path);
  }
  return paths;
}

/** SHA-256 of some bytes, in lower-case hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
