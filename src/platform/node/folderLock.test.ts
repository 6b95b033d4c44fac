import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockFileName, withFolderLock } from "./folderLock.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sopi-lock-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const done = (): Promise<string> => Promise.resolve("done");

async function folderLockedBy(name: string, holder: unknown): Promise<string> {
  const folder = join(root, name);
  await withFolderLock(folder, done);
  await writeFile(join(folder, lockFileName), typeof holder === "string" ? holder : JSON.stringify(holder));
  return folder;
}

describe("folder lock", () => {
  it("lets one at a time write, and leaves nothing behind", async () => {
    const folder = join(root, "deep", "new");
    const result = await withFolderLock(folder, async () => {
      await expect(withFolderLock(folder, done)).rejects.toThrow(`process ${process.pid} is writing into`);
      return 7;
    });
    expect(result).toBe(7);
    expect(existsSync(join(folder, lockFileName))).toBe(false);
    expect(await withFolderLock(folder, done)).toBe("done");
  });

  it.runIf(existsSync("/proc/self"))("says so where no folder can be made", async () => {
    await expect(withFolderLock("/proc/none", done)).rejects.toThrow("a place where no folder can be made");
  });

  it("is released when the work fails", async () => {
    const folder = join(root, "failing");
    await expect(withFolderLock(folder, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await withFolderLock(folder, done)).toBe("done");
  });

  it("of a process that is gone does not count", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    expect(await withFolderLock(await folderLockedBy("gone", { pid, host: hostname() }), done)).toBe("done");
  });

  it("from before the machine started does not count, whoever has that number now", async () => {
    const folder = await folderLockedBy("boot", { pid: process.pid, host: hostname() });
    await utimes(join(folder, lockFileName), 1, 1);
    expect(await withFolderLock(folder, done)).toBe("done");
  });

  it("of another machine, or one that cannot be read, is respected and says what to delete", async () => {
    const elsewhere = await folderLockedBy("elsewhere", { pid: 12, host: "another-machine" });
    await expect(withFolderLock(elsewhere, done)).rejects.toThrow(
      /process 12 on another machine .* delete .*\.sopi-lock\.json/,
    );
    const unreadable = await folderLockedBy("unreadable", "{");
    await expect(withFolderLock(unreadable, done)).rejects.toThrow("another process is writing into");
  });
});
