import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { zipSync } from "fflate";
import { writeDicom } from "../../src/io/dicom/dicomWriter.testkit.ts";
import { ctFiles, ctSlice, pixelModule, xraySet } from "../../src/io/dicom/series.testkit.ts";
import { streams } from "../../src/io/dicom/streams.testkit.ts";
import { sampleVolume } from "../../src/io/images.testkit.ts";
import { writeMetaImage } from "../../src/io/metaimage/writeMetaImage.ts";
import { writeNifti } from "../../src/io/nifti/writeNifti.ts";
import { writeNpy } from "../../src/io/npy.ts";
import { writeNrrd } from "../../src/io/nrrd/writeNrrd.ts";
import { writePfm } from "../../src/io/pfm.ts";
import { writePng } from "../../src/io/png.ts";
import { sharedData } from "../../src/io/sharedData.testkit.ts";

/** A file to be damaged. */
export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** With thousands of tries each, real files larger than this would take hours. */
const largestSmallBytes = 64 * 1024;

const syntaxRoot = "1.2.840.10008.1.2";

function compressedDicom(suffix: string, stream: Uint8Array, bits: number): Uint8Array {
  const set = {
    "0008,0060": ["CS", "RF"],
    ...pixelModule(24, 20),
    "0028,0100": ["US", [bits > 8 ? 16 : 8]],
    "0028,0101": ["US", [bits]],
    "0028,0102": ["US", [bits - 1]],
    "0028,0103": ["US", [0]],
  } as const;
  return writeDicom(set, { syntax: syntaxRoot + suffix, fragments: [stream] });
}

/** Small files of every format, made here. */
export function madeSamples(): Sample[] {
  const volume = sampleVolume(Int16Array.of(-1000, 50, 300, 1200));
  const slice = sampleVolume(Float32Array.of(1, 2, 3, 4), [6, 5, 1]);
  const picture = { data: slice.data as Float32Array, width: 6, height: 5 };
  const series = Object.fromEntries(ctFiles([0, 2, 4]).map(({ name, bytes }) => [name, bytes]));
  return [
    { name: "ct.nii", bytes: writeNifti(volume, { gzip: false }) },
    { name: "ct.nii.gz", bytes: writeNifti(volume) },
    { name: "ct.nrrd", bytes: writeNrrd(volume) },
    { name: "raw.nrrd", bytes: writeNrrd(volume, { gzip: false }) },
    { name: "ct.mha", bytes: writeMetaImage(volume) },
    { name: "ct.npy", bytes: writeNpy(volume) },
    { name: "x.png", bytes: writePng(picture).bytes },
    { name: "x.pfm", bytes: writePfm(picture) },
    { name: "slice.dcm", bytes: writeDicom(ctSlice(0)) },
    { name: "implicit.dcm", bytes: writeDicom(xraySet(), { syntax: syntaxRoot }) },
    { name: "big.dcm", bytes: writeDicom(xraySet(), { syntax: `${syntaxRoot}.2` }) },
    { name: "deflated.dcm", bytes: writeDicom(xraySet(), { syntax: `${syntaxRoot}.1.99` }) },
    { name: "lossless.dcm", bytes: compressedDicom(".4.70", streams.jpegLossless12, 12) },
    { name: "extended.dcm", bytes: compressedDicom(".4.51", streams.jpegExtended12, 12) },
    { name: "baseline.dcm", bytes: compressedDicom(".4.50", streams.jpegBaseline8, 8) },
    { name: "ls.dcm", bytes: compressedDicom(".4.80", streams.jpegLs12, 12) },
    { name: "j2k.dcm", bytes: compressedDicom(".4.90", streams.jpeg2000, 12) },
    { name: "series.zip", bytes: zipSync(series) },
  ];
}

/** Real files, where the shared data are present: small ones, and large ones, which are tried less often. */
export function sharedSamples(): { readonly small: Sample[]; readonly large: Sample[] } {
  const files = (folder: string): string[] => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .flatMap((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory() ? files(path) : [path];
      });
  };
  const paths = files(sharedData).filter((path) => !/\.(md|json|py|txt)$|SHA256SUMS$/.test(path));
  const isSmall = (path: string): boolean => statSync(path).size <= largestSmallBytes;
  const load = (path: string): Sample => ({
    name: basename(path),
    bytes: new Uint8Array(readFileSync(path)),
  });
  return {
    small: paths.filter(isSmall).map(load),
    large: paths.filter((path) => !isSmall(path)).map(load),
  };
}

const identity = "[[1,0,0,0],[0,1,0,0],[0,0,1,700],[0,0,0,1]]";

/** Text documents of every kind. */
export const textSamples: readonly (readonly [reader: string, text: string])[] = [
  [
    "geometry",
    '{"sourceToDetectorMm": 1000, "detector": {"width": 4, "height": 4, "pixelSpacingMm": [1, 1]}}',
  ],
  ["geometry", '{"K": [[1000, 0, 2], [0, 1000, 2], [0, 0, 1]], "width": 4, "height": 4}'],
  ["pose", `{"cameraFromWorld": ${identity}}`],
  ["pose", '{"pose": {"rxDeg":0,"ryDeg":0,"rzDeg":0,"txMm":0,"tyMm":0,"tzMm":0}}'],
  ["view", '{"projection": [[1000,0,2,0],[0,1000,2,0],[0,0,1,700]], "width": 4, "height": 4}'],
  ["view", "m00,m01,m02,m03,m10,m11,m12,m13,m20,m21,m22,m23\r\n1,0,0,0,0,1,0,0,0,0,1,700\r\n"],
  ["view", '{"carmAngles": "LAO 30 CRA 15", "isocentreMm": [0,0,0], "sourceToIsocentreMm": 700}'],
  [
    "transform",
    "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\nParameters: 1 0 0 0 1 0 0 0 1 5 6 7\nFixedParameters: 0 0 0\n",
  ],
  [
    "markups",
    '{"markups": [{"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": [{"label": "a", "position": [1, 2, 3]}]}]}',
  ],
  ["imageLandmarks", '{"imageLandmarks": [{"label": "a", "px": [1, 2]}]}'],
  ["landmarksCsv", 'label,x_lps_mm,y_lps_mm,z_lps_mm\n"L3, left",1,2,3\nb,4,5,6\n'],
];
