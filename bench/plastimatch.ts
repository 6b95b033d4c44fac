import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Volume } from "../src/image/volume.ts";

/**
 * Milliseconds per image of `plastimatch drr` (Debian package plastimatch) on the given volume, or undefined where it is
 * not installed. A run of many images less a run of one leaves out starting, reading and preparing.
 */
export function timePlastimatch(
  volume: Volume,
  pixels: number,
  threads: number,
  algorithm: "exact" | "uniform",
): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), "projector-bench-"));
  try {
    const input = join(folder, "volume.mha");
    writeFileSync(input, metaImage(volume));
    const run = (images: number): number | undefined => {
      const words = ["drr", "-i", algorithm, "-P", "none", "-t", "raw", "--sad", "700", "--sid", "1011.7"];
      words.push(
        "-r",
        `${pixels} ${pixels}`,
        "-z",
        "204.38 204.38",
        "-a",
        `${images}`,
        "-N",
        "0.5",
        "-o",
        "0 0 0",
      );
      words.push("-I", input, "-O", join(folder, "image"));
      const start = performance.now();
      const env = { ...process.env, OMP_NUM_THREADS: `${threads}` };
      const { status } = spawnSync("plastimatch", words, { env, stdio: "ignore" });
      return status === 0 ? performance.now() - start : undefined;
    };
    const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 0; i < 6; i++) {
      const time = run(i % 2 ? 5 : 1);
      if (time === undefined) return undefined;
      least[i % 2] = Math.min(least[i % 2]!, time);
    }
    return (least[1]! - least[0]!) / 4;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function metaImage(volume: Volume): Uint8Array {
  const m = volume.worldFromVoxel;
  const header = [
    "ObjectType = Image",
    "NDims = 3",
    "BinaryData = True",
    "BinaryDataByteOrderMSB = False",
    "TransformMatrix = 1 0 0 0 1 0 0 0 1",
    `Offset = ${m[3]} ${m[7]} ${m[11]}`,
    `ElementSpacing = ${m[0]} ${m[5]} ${m[10]}`,
    `DimSize = ${volume.size.join(" ")}`,
    "ElementType = MET_FLOAT",
    "ElementDataFile = LOCAL\n",
  ].join("\n");
  const data = volume.data as Float32Array;
  return Buffer.concat([Buffer.from(header), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}
