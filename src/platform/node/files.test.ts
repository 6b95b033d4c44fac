import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readPfm, writePfm } from "../../io/pfm.ts";
import { listFiles, readFileBytes, sha256 } from "./fileReader.ts";
import { checkOutputs, writeFiles } from "./fileWriter.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-files-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});
const at = (...names: string[]): string => join(folder, ...names);

describe("readFileBytes", () => {
  test("gives the bytes, the base name and the neighbours", async () => {
    await writeFile(at("a.hdr"), "head");
    await writeFile(at("a.img"), "image");
    const file = await readFileBytes(at("a.hdr"));
    expect(file.name).toBe("a.hdr");
    expect(Buffer.from(file.bytes).toString()).toBe("head");
    expect(Buffer.from(await file.sibling!("a.img")).toString()).toBe("image");
  });

  test("gives plain bytes, whose slice is a copy, not a Buffer, whose slice shares memory", async () => {
    await writeFile(at("a.pfm"), writePfm({ data: new Float32Array([1.5, -2, 3]), width: 3, height: 1 }));
    const file = await readFileBytes(at("a.pfm"));
    expect(Object.getPrototypeOf(file.bytes)).toBe(Uint8Array.prototype);
    expect([...readPfm(file).radiograph.data]).toEqual([1.5, -2, 3]);
    expect([...readPfm({ name: "a.pfm", bytes: Buffer.from(file.bytes) }).radiograph.data]).toEqual([
      1.5, -2, 3,
    ]);
  });

  test.each(["../secret", "/etc/passwd", "..", "sub/x", "sub\\x"])(
    "never opens %s as a neighbour",
    async (name) => {
      await writeFile(at("a.mhd"), "head");
      const file = await readFileBytes(at("a.mhd"));
      await expect(file.sibling!(name)).rejects.toMatchObject({ code: "bad-input" });
    },
  );

  test("says what is wrong with a missing file, a folder, an empty and a too large file", async () => {
    await writeFile(at("empty.nii"), "");
    await writeFile(at("large.nii"), "12345");
    await mkdir(at("folder"));
    const cases: [string, RegExp][] = [
      ["missing.nii", /CT .*missing\.nii; got no such file/],
      ["folder", /got a folder/],
      ["empty.nii", /empty file/],
      ["large.nii", /got 5 bytes; expected at most 4 bytes/],
    ];
    for (const [name, text] of cases) {
      const reading = readFileBytes(at(name), { what: "CT", maxBytes: 4 });
      await expect(reading).rejects.toMatchObject({
        code: "bad-input",
        message: expect.stringMatching(text),
      });
    }
  });
});

test("listFiles is sorted, goes into subfolders and leaves out hidden files and links", async () => {
  await mkdir(at("b"));
  await writeFile(at("b", "2"), "x");
  await writeFile(at("c"), "x");
  await writeFile(at("a"), "x");
  await writeFile(at(".hidden"), "x");
  await symlink(at("a"), at("link"));
  expect(await listFiles(folder)).toEqual([at("a"), at("b", "2"), at("c")]);
});

test("sha256 of the empty string is the published one", () => {
  expect(sha256(new Uint8Array())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

describe("writeFiles", () => {
  test("makes folders, writes all files and leaves nothing else", async () => {
    await writeFiles([
      { path: at("new", "deep", "a.txt"), bytes: "a" },
      { path: at("new", "b.bin"), bytes: new Uint8Array([1, 2]) },
    ]);
    expect(await readFile(at("new", "deep", "a.txt"), "utf8")).toBe("a");
    expect([...(await readFile(at("new", "b.bin")))]).toEqual([1, 2]);
    expect(await readdir(at("new"))).toEqual(["b.bin", "deep"]);
  });

  test("refuses to overwrite unless forced", async () => {
    await writeFile(at("a.txt"), "old");
    const files = [
      { path: at("b.txt"), bytes: "new" },
      { path: at("a.txt"), bytes: "new" },
    ];
    await expect(writeFiles(files)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/--force/),
    });
    expect(await readdir(folder)).toEqual(["a.txt"]);
    expect(await readFile(at("a.txt"), "utf8")).toBe("old");
    await writeFiles(files, { force: true });
    expect(await readFile(at("a.txt"), "utf8")).toBe("new");
  });

  test("a failure half way leaves nothing behind", async () => {
    await writeFile(at("file"), "in the way");
    const files = [
      { path: at("new", "a.txt"), bytes: "a" },
      { path: at("file", "b.txt"), bytes: "b" },
    ];
    await expect(writeFiles(files)).rejects.toMatchObject({ code: "usage" });
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("an abort before the end leaves nothing behind", async () => {
    const signal = AbortSignal.abort();
    const writing = writeFiles([{ path: at("new", "a.txt"), bytes: "a" }], { signal });
    await expect(writing).rejects.toMatchObject({ code: "aborted" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("a failure while writing removes what was written", async () => {
    const files = [
      { path: at("new", "a.txt"), bytes: "a" },
      { path: at("new", "b".repeat(300), "b.txt"), bytes: "b" },
    ];
    await expect(writeFiles(files)).rejects.toMatchObject({ code: "bad-input" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("a folder in the place of an output is a usage error even when forced", async () => {
    await mkdir(at("result.json"));
    await expect(checkOutputs([at("result.json")], true)).rejects.toMatchObject({ code: "usage" });
  });

  test.runIf(existsSync("/proc/self"))("ends where no folder can be made", async () => {
    const write = writeFiles([{ path: "/proc/none/deep/result.json", bytes: "{}" }]);
    await expect(write).rejects.toThrow(/\/proc\/none\/deep.*no folder can be made/);
  });
});
