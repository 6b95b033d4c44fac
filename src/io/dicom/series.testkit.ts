import type { FileBytes } from "../file.ts";
import { type WriteOptions, type WrittenSet, writeDicom } from "./dicomWriter.testkit.ts";

/** A made-up patient; none of these words may ever be shown. */
export const patient = {
  name: "DOE^JANE",
  id: "PID-4711",
  date: "20010203",
  uid: "1.2.3.4.5.6.7.8.9.1234567890",
};

/** The attributes of a 4 x 3 CT slice at height z whose pixels are 100 z + 10 row + column. */
export function ctSlice(z: number, changes: WrittenSet = {}): WrittenSet {
  const pixels = Array.from({ length: 12 }, (_, i) => 100 * z + 10 * Math.floor(i / 4) + (i % 4));
  return {
    "0008,0008": ["CS", "ORIGINAL\\PRIMARY\\AXIAL"],
    "0008,0018": ["UI", `${patient.uid}.${Math.round(1000 + 10 * z)}`],
    "0008,0020": ["DA", patient.date],
    "0008,0060": ["CS", "CT"],
    "0008,103E": ["LO", "Lumbar spine"],
    "0010,0010": ["PN", patient.name],
    "0010,0020": ["LO", patient.id],
    "0018,0050": ["DS", [2]],
    "0020,000E": ["UI", patient.uid],
    "0020,0013": ["IS", [Math.round(500 - z)]],
    "0020,0032": ["DS", [-10, 20, z]],
    "0020,0037": ["DS", [1, 0, 0, 0, 1, 0]],
    ...pixelModule(4, 3),
    "0028,0030": ["DS", [0.5, 0.25]],
    "0028,1052": ["DS", [-1024]],
    "0028,1053": ["DS", [1]],
    "7FE0,0010": ["OW", pixels],
    ...changes,
  };
}

/** Grey 16-bit signed pixels of the given size. */
export function pixelModule(columns: number, rows: number): WrittenSet {
  return {
    "0028,0002": ["US", [1]],
    "0028,0004": ["CS", "MONOCHROME2"],
    "0028,0010": ["US", [rows]],
    "0028,0011": ["US", [columns]],
    "0028,0100": ["US", [16]],
    "0028,0101": ["US", [16]],
    "0028,0102": ["US", [15]],
    "0028,0103": ["US", [1]],
  };
}

/** An X-ray picture of 4 x 3 pixels 0..11. */
export function xraySet(changes: WrittenSet = {}): WrittenSet {
  return {
    "0008,0060": ["CS", "XA"],
    "0010,0010": ["PN", patient.name],
    "0020,000E": ["UI", patient.uid],
    ...pixelModule(4, 3),
    "0028,0103": ["US", [0]],
    "7FE0,0010": ["OW", Array.from({ length: 12 }, (_, i) => i)],
    ...changes,
  };
}

export function dicomFile(set: WrittenSet, options?: WriteOptions, name = "image.dcm"): FileBytes {
  return { name, bytes: writeDicom(set, options) };
}

/** A series of slices at the given heights. */
export function ctFiles(heights: readonly number[], changes: WrittenSet = {}): FileBytes[] {
  return heights.map((z, i) => dicomFile(ctSlice(z, changes), {}, `slice-${i}.dcm`));
}
