import { expect, test } from "vitest";
import { readDicomRadiograph, readDicomVolume } from "../../src/io/dicom/index.ts";
import { ctFiles, dicomFile, pixelModule } from "../../src/io/dicom/series.testkit.ts";
import { rampHeight, rampWidth, ramps, streams } from "../../src/io/dicom/streams.testkit.ts";

const root = "1.2.840.10008.1.2";

test.each([
  ["JPEG baseline", ".4.50", "jpegBaseline8", "bits8", 8, 3],
  ["JPEG extended", ".4.51", "jpegExtended12", "bits12", 12, 8],
  ["JPEG lossless", ".4.70", "jpegLossless12", "bits12", 12, 0],
  ["JPEG-LS", ".4.80", "jpegLs12", "bits12", 12, 0],
  ["JPEG 2000", ".4.90", "jpeg2000", "bits12", 12, 0],
] as const)("%s decodes in a browser", async (_, syntax, stream, ramp, bits, tolerance) => {
  const set = {
    "0008,0060": ["CS", "RF"],
    ...pixelModule(rampWidth, rampHeight),
    "0028,0100": ["US", [bits > 8 ? 16 : 8]],
    "0028,0101": ["US", [bits]],
    "0028,0102": ["US", [bits - 1]],
    "0028,0103": ["US", [0]],
  } as const;
  const file = dicomFile(set, { syntax: root + syntax, fragments: [streams[stream]] });
  const { radiograph } = await readDicomRadiograph(file);
  const errors = Array.from(radiograph.data, (value, i) =>
    Math.abs(value - ramps[ramp](i % rampWidth, Math.floor(i / rampWidth))),
  );
  expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
});

test("a series becomes a volume in a browser", async () => {
  const { volume } = await readDicomVolume(ctFiles([4, 0, 2]));
  expect(volume.size).toEqual([4, 3, 3]);
  expect(volume.data[35]).toBe(400 + 23 - 1024);
});
