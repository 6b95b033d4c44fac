import { randomBytes } from "node:crypto";
import { access, constants, mkdir, open, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SopiError, badInput, throwIfAborted, usageError } from "../../errors.ts";
import { isFolder } from "./fileReader.ts";

/** A file to be written. */
export interface OutputFile {
  readonly path: string;
  readonly bytes: Uint8Array | string;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** The path itself or the nearest folder above it that exists. */
async function nearestExisting(path: string): Promise<string> {
  let nearest = resolve(path);
  while (!(await exists(nearest)) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return nearest;
}

/**
 * Throws a usage error when one of the paths cannot become a file: it is a folder, it exists already and `force`
 * is false, or its folder cannot be made or written to. Called before a long computation, so that nobody waits for
 * a result that cannot be stored.
 */
export async function checkOutputs(paths: readonly string[], force: boolean): Promise<void> {
  for (const path of paths) {
    if (await isFolder(path)) {
      throw usageError({ what: `Output ${path}`, got: "an existing folder", expected: "the name of a file" });
    }
    if (!force && (await exists(path))) {
      throw usageError({
        what: `Output ${path}`,
        got: "a path that exists already",
        expected: "a new one",
        todo: "Choose another name or add --force to overwrite it.",
      });
    }
    const folder = await nearestExisting(dirname(path));
    const isWritable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!(await isFolder(folder)) || !isWritable) {
      throw usageError({
        what: `Output ${path}`,
        got: isWritable ? `${folder}, which is a file` : `${folder}, which may not be written to`,
        expected: "a folder that can be written to",
      });
    }
  }
}

/**
 * Creates a folder and its parents; returns those that were not there, outermost first. One by one: Node's recursive
 * mkdir never ends where a file system refuses new folders, as /proc does.
 */
export async function createFolder(folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let path = resolve(folder); !(await exists(path)); path = dirname(path)) missing.unshift(path);
  const made: string[] = [];
  try {
    for (const path of missing) {
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        // Somebody else was quicker.
        if (error.code !== "EEXIST") throw error;
      });
      made.push(path);
    }
  } catch (error) {
    for (const path of made.toReversed()) await rmdir(path).catch(() => {});
    throw unwritable([folder], error);
  }
  return made;
}

async function writeThrough(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes files so that no reader ever sees half of one: everything goes to temporary files beside the
 * targets first and is renamed at the very end. When anything fails before that, or `signal` fires, the
 * temporary files and the folders made for them are removed and nothing has changed.
 */
export async function writeFiles(
  files: readonly OutputFile[],
  options: { readonly force?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  await checkOutputs(
    files.map((file) => file.path),
    options.force ?? false,
  );
  const created: string[] = [];
  const staged: { temporary: string; path: string }[] = [];
  try {
    for (const { path, bytes } of files) {
      created.push(...(await createFolder(dirname(path))));
      const temporary = join(dirname(path), `.sopi-${randomBytes(6).toString("hex")}.tmp`);
      staged.push({ temporary, path });
      await writeThrough(temporary, bytes);
    }
    throwIfAborted(options.signal);
  } catch (error) {
    for (const { temporary } of staged) await rm(temporary, { force: true });
    for (const folder of created.toReversed()) await rmdir(folder).catch(() => {});
    throw error instanceof SopiError
      ? error
      : unwritable(
          files.map((file) => dirname(file.path)),
          error,
        );
  }
  for (const { temporary, path } of staged) await rename(temporary, path);
}

/** What a file system's refusal means: one sentence for the folders that were to be written. */
export function unwritable(folders: readonly string[], cause: unknown): SopiError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const reasons: Record<string, string> = {
    EACCES: "no permission to write there",
    EPERM: "no permission to write there",
    EROFS: "a read-only disk",
    ENOSPC: "a full disk",
    ENOTDIR: "a path through something that is not a folder",
    ENOENT: "a place where no folder can be made",
    EEXIST: "a path through something that is not a folder",
  };
  return badInput({
    what: `Writing to ${[...new Set(folders)].join(", ")}`,
    got: reasons[code] ?? String(cause),
    expected: "a folder that can be written",
    todo: "Choose another output.",
    cause,
  });
}
