import { gzipSync } from "fflate";
import { badInput } from "../../errors.ts";
import { orthonormalise } from "../../geometry/so3.ts";
import { determinant3 } from "../../geometry/mat3.ts";
import { isSheared } from "../../image/grid.ts";
import { type Volume, voxelSpacingMm } from "../../image/volume.ts";
import { type WritableType, encodeScalars } from "../encodeScalars.ts";

export interface WriteNiftiOptions {
  /** Element type of the file; default the volume's own. Values are rounded and checked for range. */
  readonly type?: WritableType;
  /** Default true: .nii.gz. */
  readonly gzip?: boolean;
}

const codes: Readonly<Record<WritableType, number>> = {
  uint8: 2,
  int16: 4,
  float32: 16,
  int32: 8,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
};

/** A NIfTI-1 file (little-endian, sform and, for grids at right angles, qform; mm). */
export function writeNifti(volume: Volume, options: WriteNiftiOptions = {}): Uint8Array {
  const { type, bytes: voxels } = encodeScalars(volume.data, options.type);
  if (volume.size.some((n) => n > 32767)) {
    throw badInput({
      what: "NIfTI-1 writer",
      got: volume.size.join(" x "),
      expected: "at most 32767 voxels along an axis",
    });
  }
  const file = new Uint8Array(352 + voxels.length);
  const view = new DataView(file.buffer);
  const spacing = voxelSpacingMm(volume);
  const ras = volume.worldFromVoxel.map((value, i) => (i < 8 ? -value : value));
  view.setInt32(0, 348, true);
  [3, ...volume.size, 1, 1, 1, 1].forEach((n, i) => view.setInt16(40 + 2 * i, n, true));
  view.setInt16(70, codes[type], true);
  view.setInt16(72, (8 * voxels.length) / volume.data.length, true);
  spacing.forEach((s, i) => view.setFloat32(80 + 4 * i, s, true));
  view.setFloat32(76, 1, true);
  view.setFloat32(108, 352, true);
  view.setFloat32(112, 1, true);
  view.setUint8(123, 2);
  view.setInt16(254, 1, true);
  ras.slice(0, 12).forEach((value, i) => view.setFloat32(280 + 4 * i, value, true));
  if (!isSheared(volume)) writeQform(view, ras, spacing);
  file.set([0x6e, 0x2b, 0x31, 0], 344);
  file.set(voxels, 352);
  return options.gzip === false ? file : gzipSync(file, { level: 6, mtime: 0 });
}

/** The same grid as quaternion, handedness and offset (method 2 of the standard). */
function writeQform(view: DataView, ras: readonly number[], spacing: readonly number[]): void {
  const column = (c: number): number[] => [0, 4, 8].map((row) => ras[row + c]! / spacing[c]!);
  const [x, y, z] = [column(0), column(1), column(2)];
  const linear = [0, 1, 2].flatMap((row) => [x[row]!, y[row]!, z[row]!]);
  const qfac = determinant3(linear) < 0 ? -1 : 1;
  const r = orthonormalise(linear.map((value, i) => (i % 3 === 2 ? qfac * value : value)));
  view.setInt16(252, 1, true);
  view.setFloat32(76, qfac, true);
  const values = [...quaternionFromRotation(r).slice(1), ras[3]!, ras[7]!, ras[11]!];
  values.forEach((value, i) => view.setFloat32(256 + 4 * i, value, true));
}

/** (a, b, c, d) with a >= 0. */
function quaternionFromRotation(r: readonly number[]): number[] {
  const [xx, yy, zz] = [r[0]!, r[4]!, r[8]!];
  const squares = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz];
  const k = squares.indexOf(Math.max(...squares));
  const s = 2 * Math.sqrt(squares[k]!);
  const [a, b, c] = [r[7]! - r[5]!, r[2]! - r[6]!, r[3]! - r[1]!];
  const [xy, xz, yz] = [r[1]! + r[3]!, r[2]! + r[6]!, r[5]! + r[7]!];
  const rows = [
    [squares[0]!, a, b, c],
    [a, squares[1]!, xy, xz],
    [b, xy, squares[2]!, yz],
    [c, xz, yz, squares[3]!],
  ];
  const q = rows[k]!.map((value) => value / s);
  return q[0]! < 0 ? q.map((value) => -value) : q;
}
