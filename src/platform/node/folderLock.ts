import { open, readFile, rm, stat } from "node:fs/promises";
import { hostname, uptime } from "node:os";
import { dirname, join } from "node:path";
import { usageError } from "../../errors.ts";
import { createFolder, unwritable } from "./fileWriter.ts";

/** Stands in a folder as long as somebody writes results into it. */
export const lockFileName = ".sopi-lock.json";

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Runs work that must be alone in a folder, made when it is not there. Refuses where another process, or this one, is
 * at work there already; the lock of a process that was killed does not count.
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await createFolder(folder);
  const path = join(folder, lockFileName);
  if (!(await tryLock(path))) {
    const holder = await readHolder(path);
    if (holder === undefined || (await mayBeAtWork(path, holder))) throw inUse(folder, path, holder);
    await rm(path, { force: true });
    if (!(await tryLock(path))) throw inUse(folder, path, await readHolder(path));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** Creates the lock; false where there is one. */
async function tryLock(path: string): Promise<boolean> {
  const holder: Holder = { pid: process.pid, host: hostname() };
  try {
    const handle = await open(path, "wx");
    await handle.writeFile(`${JSON.stringify(holder)}\n`).finally(() => handle.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw unwritable([dirname(path)], error);
  }
}

/** Who holds the lock; undefined where its file is being written, or is none of ours. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, "utf8")) as Partial<Holder> | null;
    const { pid, host } = holder ?? {};
    return Number.isInteger(pid) && typeof host === "string" ? { pid: pid!, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Another machine's processes cannot be asked; a lock from before this machine started is nobody's. */
async function mayBeAtWork(path: string, { pid, host }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  const written = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (written < Date.now() - 1000 * uptime()) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but it lives.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function inUse(folder: string, path: string, holder: Holder | undefined): Error {
  const where = holder && holder.host !== hostname() ? " on another machine" : "";
  return usageError({
    what: `Output ${folder}`,
    got: `a folder that ${holder ? `process ${holder.pid}${where}` : "another process"} is writing into`,
    expected: "a folder of its own for every run",
    todo: `Wait for it to end, or choose another folder; if nothing is running, delete ${path}`,
  });
}
