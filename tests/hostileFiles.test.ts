import { deflateSync, gzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { SopiError } from "../src/errors.ts";
import { writeDicom, type WrittenSet } from "../src/io/dicom/dicomWriter.testkit.ts";
import { ctSlice, pixelModule, xraySet } from "../src/io/dicom/series.testkit.ts";
import { streams } from "../src/io/dicom/streams.testkit.ts";
import { parseGeometry } from "../src/io/geometryFile.ts";
import { readImageLandmarks } from "../src/io/imageLandmarks.ts";
import { bytesOf, sampleVolume } from "../src/io/images.testkit.ts";
import { readLandmarksCsv } from "../src/io/landmarksCsv.ts";
import { readMarkups } from "../src/io/markups.ts";
import { writeNifti } from "../src/io/nifti/writeNifti.ts";
import { writeNpy } from "../src/io/npy.ts";
import { writePng } from "../src/io/png.ts";
import { readRadiograph } from "../src/io/readRadiograph.ts";
import { readVolume } from "../src/io/readVolume.ts";
import { readTransformFile } from "../src/io/transformFile.ts";
import { parseView } from "../src/io/viewFile.ts";

/*
 * Files made to hurt: each has to end in one named error, in no more than two seconds and without the memory that its
 * header asks for. Every kind of trouble that fuzzing or readers' manuals have shown has its row.
 */

const allowedMs = 2000;
const allowedBytes = 256 * 2 ** 20;

const syntaxRoot = "1.2.840.10008.1.2";
const ct = sampleVolume(Int16Array.of(-1000, 50, 300, 1200));

function changed(bytes: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  change(new DataView(copy.buffer));
  return copy;
}

/** A NIfTI header that claims the given sizes. */
const nifti = (sizes: readonly number[]): Uint8Array =>
  changed(writeNifti(ct, { gzip: false }), (view) =>
    sizes.forEach((size, axis) => view.setInt16(42 + 2 * axis, size, true)),
  );

const nrrd = (fields: string): Uint8Array =>
  bytesOf(`NRRD0004\ntype: short\ndimension: 3\nendian: little\nencoding: raw\n${fields}\n\n0123456789`);

const meta = (fields: string): Uint8Array =>
  bytesOf(`NDims = 3\nElementType = MET_SHORT\n${fields}\nElementDataFile = LOCAL\n0123456789`);

/** An NPY file whose header text is replaced by one of the same length. */
function npy(shape: string): Uint8Array {
  const text = new TextDecoder("latin1").decode(writeNpy(ct));
  const old = /\([^)]*\)/.exec(text)![0];
  return bytesOf(text.replace(old, shape));
}

const dicom = (changes: WrittenSet): Uint8Array => writeDicom({ ...ctSlice(0), ...changes });

/** Bytes of an explicit little-endian element. */
function element(group: number, number: number, vr: string, length: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint16(0, group, true);
  view.setUint16(2, number, true);
  view.setUint8(4, vr.charCodeAt(0));
  view.setUint8(5, vr.charCodeAt(1));
  view.setUint32(8, length, true);
  return new Uint8Array(view.buffer);
}

const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function compressed(suffix: string, stream: Uint8Array, changes: WrittenSet = {}): Uint8Array {
  const { "7FE0,0010": _, ...set } = xraySet({
    ...pixelModule(24, 20),
    "0028,0103": ["US", [0]],
    ...changes,
  });
  return writeDicom(set, { syntax: syntaxRoot + suffix, fragments: [stream] });
}

/** A zip whose directory claims that its entry is larger than it is. */
function lyingZip(): Uint8Array {
  const archive = zipSync({ "a.dcm": dicom({}) });
  const text = new TextDecoder("latin1").decode(archive);
  return changed(archive, (view) => view.setUint32(text.lastIndexOf("PK\x01\x02") + 24, 0x7fffffff, true));
}

const images: readonly (readonly [name: string, bytes: () => Uint8Array])[] = [
  ["sizes of 28 terabytes.nii", () => nifti([3, 32767, 32767, 13000])],
  ["sizes of 28 terabytes.nii.gz", () => gzipSync(nifti([3, 32767, 32767, 13000]))],
  ["negative sizes.nii", () => nifti([3, -4, -4, 4])],
  ["a hundred dimensions.nii", () => nifti([100, 1, 1, 1])],
  ["sizes beyond numbers.nrrd", () => nrrd("sizes: 1e300 1e300 1e300")],
  ["sizes of petabytes.nrrd", () => nrrd("sizes: 99999999 99999 999")],
  ["negative sizes.nrrd", () => nrrd("sizes: -4 4 4")],
  ["a negative skip.nrrd", () => nrrd("sizes: 1 1 1\nbyte skip: -77")],
  ["sizes of petabytes.mha", () => meta("DimSize = 99999999 99999 999")],
  ["negative sizes.mha", () => meta("DimSize = 4 -4 4")],
  ["shape of petabytes.npy", () => npy("(9999999999,)")],
  ["negative shape.npy", () => npy("(-3, 4, 5, -1)")],
  ["pixels of gigabytes.pfm", () => bytesOf("Pf\n999999 999999\n-1.0\n0000")],
  ["negative pixels.pfm", () => bytesOf("Pf\n-4 4\n-1.0\n0000")],
  [
    "pixels of gigabytes.png",
    () => {
      const { bytes } = writePng({ data: Float32Array.of(1, 2, 3, 4), width: 2, height: 2 });
      return changed(bytes, (view) => {
        view.setUint32(16, 0x7fffffff);
        view.setUint32(20, 0x7fffffff);
      });
    },
  ],
  ["a kilobyte for a gigabyte.nii.gz", () => gzipSync(new Uint8Array(2 ** 28)).subarray(0, 100_000)],
  ["an entry that lies.zip", lyingZip],
  ["archives in archives.zip", () => [1, 2, 3].reduce((inner) => zipSync({ "a.zip": inner }), zipSync({}))],
  ["frames of petabytes.dcm", () => dicom({ "0028,0010": ["US", [65535]], "0028,0011": ["US", [65535]] })],
  ["a million frames.dcm", () => dicom({ "0028,0008": ["IS", [1_000_000]] })],
  ["frames that are not there.dcm", () => dicom({ "0028,0008": ["IS", [99_999]] })],
  ["negative frames.dcm", () => dicom({ "0028,0008": ["IS", [-1]] })],
  ["no bits.dcm", () => dicom({ "0028,0100": ["US", [0]] })],
  ["more bits stored than there are.dcm", () => dicom({ "0028,0101": ["US", [99]] })],
  ["an infinite slope.dcm", () => dicom({ "0028,1053": ["DS", "1e999"] })],
  ["an element of four gigabytes.dcm", () => joined(writeDicom({}), element(8, 0x18, "UT", 0xfffffff0))],
  [
    "a sequence that never ends.dcm",
    () => {
      const item = Uint8Array.from([0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff]);
      return joined(writeDicom({}), element(8, 0x1115, "SQ", 0xffffffff), item);
    },
  ],
  [
    "sequences nested ten thousand deep.dcm",
    () => {
      const item = Uint8Array.from([0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff]);
      const level = joined(element(8, 0x1115, "SQ", 0xffffffff), item);
      return joined(writeDicom({}), ...Array.from({ length: 10_000 }, () => level));
    },
  ],
  [
    "a deflated data set without end.dcm",
    () => {
      const head = writeDicom({}, { syntax: `${syntaxRoot}.1.99` });
      return joined(head.subarray(0, head.length - 2), deflateSync(new Uint8Array(2 ** 22)));
    },
  ],
  [
    "a JPEG of another size.dcm",
    () =>
      compressed(".4.50", streams.jpegBaseline8, {
        "0028,0010": ["US", [8000]],
        "0028,0011": ["US", [8000]],
      }),
  ],
  [
    "a JPEG 2000 that claims two billion columns.dcm",
    () =>
      compressed(
        ".4.90",
        changed(streams.jpeg2000, (view) => view.setUint32(8, 0x7fffffff)),
      ),
  ],
  ["RLE that points beyond its end.dcm", () => compressed(".5", new Uint8Array(64).fill(0xff))],
  ["half of a JPEG-LS.dcm", () => compressed(".4.80", streams.jpegLs12.subarray(0, 60))],
  ["no image at all.dcm", () => writeDicom({ "0008,0060": ["CS", "CT"] })],
];

const point = '{"label": "a", "position": [1, 2, 3]},';
const texts: readonly (readonly [name: string, text: () => string, read: (text: string) => unknown])[] = [
  ["brackets a hundred thousand deep", () => "[".repeat(100_000), parseGeometry],
  ["objects a hundred thousand deep", () => '{"a":'.repeat(100_000), parseView],
  [
    "a view of infinite numbers",
    () => '{"dlt": [1e999,0,0,0,0,0,0,0,0,0,0], "width": 4, "height": 4}',
    parseView,
  ],
  [
    "a hundred thousand landmarks",
    () => `{"markups": [{"type": "Fiducial", "controlPoints": [${point.repeat(100_000).slice(0, -1)}]}]}`,
    readMarkups,
  ],
  [
    "a hundred thousand rows",
    () => `label,x_lps_mm,y_lps_mm,z_lps_mm\n${"a,1,2,3\n".repeat(100_000)}`,
    readLandmarksCsv,
  ],
  ["a quotation without end", () => `label,u_px,v_px\n"${"a,\n".repeat(100_000)}`, readImageLandmarks],
  [
    "a transform of a million numbers",
    () =>
      `#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\nParameters: ${"1 ".repeat(1_000_000)}\nFixedParameters: 0 0 0\n`,
    readTransformFile,
  ],
  [
    "ten thousand transforms",
    () =>
      `#Insight Transform File V1.0\n${"#Transform 0\nTransform: IdentityTransform_double_3_3\nParameters:\nFixedParameters:\n".repeat(10_000)}`,
    readTransformFile,
  ],
];

async function expectRefused(read: () => unknown): Promise<void> {
  const before = process.memoryUsage();
  const start = performance.now();
  const outcome = await Promise.resolve()
    .then(read)
    .catch((error: unknown) => error);
  const after = process.memoryUsage();
  expect(outcome).toBeInstanceOf(SopiError);
  const { message, code, parts } = outcome as SopiError;
  expect(code).toBe("bad-input");
  expect(message).not.toMatch(/\n/);
  expect(message.length).toBeLessThan(700);
  expect(parts.got).not.toBe("a file that cannot be understood");
  expect(performance.now() - start).toBeLessThan(allowedMs);
  const grown = after.heapTotal + after.arrayBuffers - before.heapTotal - before.arrayBuffers;
  expect(grown).toBeLessThan(allowedBytes);
}

describe("files made to hurt", () => {
  test.each(images)("%s", async (name, make) => {
    const file = { name, bytes: make() };
    expect(file.bytes.length).toBeLessThan(2 ** 20);
    await expectRefused(() => readVolume(file));
    await expectRefused(() => readRadiograph(file));
  });

  test.each(texts)("%s", async (_, make, read) => {
    const text = make();
    await expectRefused(() => read(text));
  });
});
