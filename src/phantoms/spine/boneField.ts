import type { Mat4 } from "../../geometry/mat4.ts";
import { invertRigid } from "../../geometry/se3.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { type Canvas, type Grid, type VoxelRange, coverage, voxelRange } from "./canvas.ts";
import type { Solid } from "./solid.ts";

/** One part of a bone: a solid with a cortical shell around a trabecular core. */
export interface BonePart {
  readonly solid: Solid;
  readonly worldFromLocal: Mat4;
  /** Thickness of the shell in mm, constant or by local position. */
  readonly cortexMm: number | ((x: number, y: number, z: number) => number);
  readonly coreHu: number;
  /** Rounding of the joint with what is already there, in mm. */
  readonly blendMm: number;
  /** Cut away instead of added (canals, foramina, joint sockets). */
  readonly cut?: boolean;
}

/** Signed distance, shell thickness and core HU of one bone on its part of the grid. */
interface BoneField {
  readonly range: VoxelRange;
  readonly size: readonly [number, number, number];
  readonly distance: Float32Array;
  readonly cortex: Float32Array;
  readonly core: Float32Array;
}

/** Beyond this distance (mm) a field is "far"; nothing is painted there. */
const far = 1000;

/** The union of `parts` (in order; cuts apply to what came before) sampled on `grid`. */
function createBoneField(grid: Grid, parts: readonly BonePart[], marginMm: number): BoneField | undefined {
  let range: { from: [number, number, number]; to: [number, number, number] } | undefined;
  for (const part of parts) {
    if (part.cut) continue;
    const own = voxelRange(grid, part.worldFromLocal, part.solid.box, marginMm);
    if (!own) continue;
    range ??= { from: [...own.from], to: [...own.to] };
    for (const a of [0, 1, 2] as const) {
      range.from[a] = Math.min(range.from[a], own.from[a]);
      range.to[a] = Math.max(range.to[a], own.to[a]);
    }
  }
  if (!range) return undefined;
  const size = [0, 1, 2].map((a) => range.to[a]! - range.from[a]!) as [number, number, number];
  const count = size[0] * size[1] * size[2];
  const field: BoneField = {
    ...{ range, size },
    distance: new Float32Array(count).fill(far),
    cortex: new Float32Array(count),
    core: new Float32Array(count),
  };
  for (const part of parts) stampPart(field, grid, part, marginMm);
  return field;
}

/** Joins one part to the field with a smooth minimum, or cuts it with a smooth maximum. */
function stampPart(field: BoneField, grid: Grid, part: BonePart, marginMm: number): void {
  const own = voxelRange(grid, part.worldFromLocal, part.solid.box, marginMm + part.blendMm);
  if (!own) return;
  const { range, size, distance, cortex, core } = field;
  const m = invertRigid(part.worldFromLocal);
  const k = Math.max(part.blendMm, 1e-3);
  const { solid, cortexMm, coreHu } = part;
  const start = (a: 0 | 1 | 2): number => Math.max(own.from[a], range.from[a]);
  const end = (a: 0 | 1 | 2): number => Math.min(own.to[a], range.to[a]);
  for (let kk = start(2); kk < end(2); kk++) {
    const z = grid.originMm[2] + kk * grid.spacingMm[2];
    for (let jj = start(1); jj < end(1); jj++) {
      const y = grid.originMm[1] + jj * grid.spacingMm[1];
      const row = size[0] * (jj - range.from[1] + size[1] * (kk - range.from[2])) - range.from[0];
      for (let ii = start(0); ii < end(0); ii++) {
        const x = grid.originMm[0] + ii * grid.spacingMm[0];
        const lx = m[0]! * x + m[1]! * y + m[2]! * z + m[3]!;
        const ly = m[4]! * x + m[5]! * y + m[6]! * z + m[7]!;
        const lz = m[8]! * x + m[9]! * y + m[10]! * z + m[11]!;
        const d = solid.distance(lx, ly, lz);
        const at = row + ii;
        const old = distance[at]!;
        if (part.cut) {
          const h = Math.min(1, Math.max(0, 0.5 + (0.5 * (old + d)) / k));
          distance[at] = -d + (old + d) * h + k * h * (1 - h);
          continue;
        }
        const h = Math.min(1, Math.max(0, 0.5 + (0.5 * (old - d)) / k));
        if (h === 0) continue;
        const shell = typeof cortexMm === "number" ? cortexMm : cortexMm(lx, ly, lz);
        distance[at] = old + (d - old) * h - k * h * (1 - h);
        cortex[at]! += h * (shell - cortex[at]!);
        core[at]! += h * (coreHu - core[at]!);
      }
    }
  }
}

/** How a bone is painted. */
export interface BonePaint {
  readonly cortexHu: number;
  /** Label of voxels more than half covered, constant or by world position; 0 leaves labels alone. */
  readonly label: number | ((x: number, y: number, z: number) => number);
  /** Added to the trabecular HU, and factor on the thickness of the shell, by world position. */
  readonly texture: (x: number, y: number, z: number) => number;
  readonly cortexRatio: (x: number, y: number, z: number) => number;
}

/**
 * Paints one bone over the canvas. The shell and the rim are averaged over the voxel: the width a
 * voxel spans in the distance is measured from the field itself, so thin shells keep their mass at
 * any resolution and with anisotropic voxels.
 */
export function paintBone(canvas: Canvas, parts: readonly BonePart[], paint: BonePaint): void {
  const { grid } = canvas;
  const reach = 1.5 * Math.max(...grid.spacingMm);
  const field = createBoneField(grid, parts, reach);
  if (!field) return;
  const { range, size, distance } = field;
  const [nx, ny] = grid.size;
  const steps: Vec3 = [1, size[0], size[0] * size[1]];
  let at = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      const row = range.from[0] + nx * (j + range.from[1] + ny * (k + range.from[2]));
      for (let i = 0; i < size[0]; i++, at++) {
        const d = distance[at]!;
        if (d > reach) continue;
        const w = d < -3 * reach ? reach : voxelWidth(distance, at, [i, j, k], size, steps);
        paintVoxel(canvas, field, paint, { at, voxel: row + i, d, w: w || reach });
      }
    }
  }
}

/** Change of the distance over one voxel, as the width of an equivalent box. */
function voxelWidth(
  distance: Float32Array,
  at: number,
  index: Vec3,
  size: readonly [number, number, number],
  steps: Vec3,
): number {
  let square = 0;
  for (let a = 0; a < 3; a++) {
    const low = index[a]! > 0 ? at - steps[a]! : at;
    const high = index[a]! < size[a]! - 1 ? at + steps[a]! : at;
    const span = high - low;
    if (span === 0) continue;
    const upper = distance[high]!;
    const lower = distance[low]!;
    if (upper === far || lower === far) continue;
    const slope = ((upper - lower) * steps[a]!) / span;
    square += slope * slope;
  }
  return Math.sqrt(square);
}

function paintVoxel(
  canvas: Canvas,
  field: BoneField,
  paint: BonePaint,
  sample: { at: number; voxel: number; d: number; w: number },
): void {
  const { at, voxel, d, w } = sample;
  const inside = coverage(d, w);
  if (inside <= 0) return;
  const { grid } = canvas;
  const [nx, ny] = grid.size;
  const x = grid.originMm[0] + (voxel % nx) * grid.spacingMm[0];
  const y = grid.originMm[1] + (Math.floor(voxel / nx) % ny) * grid.spacingMm[1];
  const z = grid.originMm[2] + Math.floor(voxel / (nx * ny)) * grid.spacingMm[2];
  const core = coverage(d + field.cortex[at]! * paint.cortexRatio(x, y, z), w);
  const coreHu = core > 0 ? field.core[at]! + paint.texture(x, y, z) : 0;
  canvas.hu[voxel] = canvas.hu[voxel]! * (1 - inside) + paint.cortexHu * (inside - core) + coreHu * core;
  if (inside < 0.5) return;
  const label = typeof paint.label === "number" ? paint.label : paint.label(x, y, z);
  if (label > 0) canvas.labels[voxel] = label;
}
