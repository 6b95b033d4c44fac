import { describe, expect, test } from "vitest";
import { SopiError } from "../../errors.ts";
import { createRandom } from "../../random.ts";
import { damage } from "../damage.testkit.ts";
import type { FileBytes } from "../file.ts";
import { readDicomRadiograph, readDicomVolume } from "./index.ts";
import { ctFiles, dicomFile, patient, xraySet } from "./series.testkit.ts";
import { type WriteOptions, type WrittenSet } from "./dicomWriter.testkit.ts";
import { streams } from "./streams.testkit.ts";
import { pixelModule } from "./series.testkit.ts";

const syntaxRoot = "1.2.840.10008.1.2";

function compressed(syntax: string, stream: Uint8Array): FileBytes {
  const set: WrittenSet = {
    "0008,0060": ["CS", "RF"],
    ...pixelModule(24, 20),
    "0028,0101": ["US", [12]],
    "0028,0102": ["US", [11]],
    "0028,0103": ["US", [0]],
  };
  const options: WriteOptions = { syntax: syntaxRoot + syntax, fragments: [stream] };
  return dicomFile(set, options);
}

const samples: readonly (readonly [string, FileBytes])[] = [
  ["explicit", ctFiles([0])[0]!],
  ["implicit", dicomFile(xraySet(), { syntax: syntaxRoot })],
  ["big endian", dicomFile(xraySet(), { syntax: `${syntaxRoot}.2` })],
  ["deflated", dicomFile(xraySet(), { syntax: `${syntaxRoot}.1.99` })],
  ["bare", dicomFile(xraySet(), { meta: false })],
  ["JPEG lossless", compressed(".4.70", streams.jpegLossless12)],
  ["JPEG extended", compressed(".4.51", streams.jpegExtended12)],
  ["JPEG-LS", compressed(".4.80", streams.jpegLs12)],
  ["JPEG 2000", compressed(".4.90", streams.jpeg2000)],
];

/** Codecs that load WebAssembly take longer for every try. */
const tries = (name: string): number => (name === "JPEG-LS" || name === "JPEG 2000" ? 60 : 600);

describe("damaged files", () => {
  test.each(samples)("%s: every one ends in an image or a named error, quickly", async (name, file) => {
    const random = createRandom(20_240).fork(name);
    for (let n = 0; n < tries(name); n++) {
      const bytes = damage(file.bytes, random);
      const start = performance.now();
      for (const read of [
        (): Promise<unknown> => readDicomRadiograph({ name: "damaged.dcm", bytes }),
        (): Promise<unknown> => readDicomVolume([{ name: "damaged.dcm", bytes }]),
      ]) {
        const outcome = await read().catch((error: unknown) => error);
        if (!(outcome instanceof Error)) continue;
        expect(outcome).toBeInstanceOf(SopiError);
        expect((outcome as SopiError).code).toMatch(/bad-input|usage/);
        expect(outcome.message).not.toContain(patient.name);
        // The last resort for errors that nobody foresaw.
        expect((outcome as SopiError).parts.got).not.toBe("a file that cannot be understood");
      }
      expect(performance.now() - start).toBeLessThan(5000);
    }
  });
});
