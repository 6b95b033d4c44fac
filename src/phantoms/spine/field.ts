import { badInput } from "../../errors.ts";
import { transformPoint } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import type { Grid } from "./canvas.ts";
import { type Skeleton, vertebraOf } from "./skeleton.ts";
import type { Trunk } from "./trunk.ts";

/** Which part of the patient the volume shows. */
export type PhantomField = "trunk" | "lumbar";

/** More voxels than this are refused: the two volumes and the canvas would not fit in memory. */
const mostVoxels = 512 ** 3;

interface Extent {
  readonly centre: Vec3;
  readonly lengths: Vec3;
}

/** The voxel grid asked for: spacing and size complete each other over the field's extent. */
export function phantomGrid(
  options: {
    readonly spacingMm?: number | Vec3;
    readonly size?: readonly [number, number, number];
    readonly field?: PhantomField;
  },
  skeleton: Skeleton,
  trunk: Trunk,
): Grid {
  const field = options.field ?? "trunk";
  const extent = field === "lumbar" ? lumbarExtent(skeleton) : trunkExtent(skeleton, trunk);
  const given = options.spacingMm;
  const size = options.size ?? (field === "lumbar" && given === undefined ? [128, 128, 128] : undefined);
  const spacing = given ?? (size ? undefined : 3);
  const spacingOf = (a: 0 | 1 | 2): number =>
    typeof spacing === "number" ? spacing : spacing ? spacing[a] : extent.lengths[a] / size![a];
  const sizeOf = (a: 0 | 1 | 2): number => size?.[a] ?? Math.round(extent.lengths[a] / spacingOf(a));
  const spacingMm: Vec3 = [spacingOf(0), spacingOf(1), spacingOf(2)];
  const bad = spacingMm.find((s) => !(Number.isFinite(s) && s >= 0.1 && s <= 50));
  if (bad !== undefined) {
    throw badInput({ what: "Phantom voxel spacing", got: `${bad} mm`, expected: "0.1 to 50 mm" });
  }
  const voxels: [number, number, number] = [sizeOf(0), sizeOf(1), sizeOf(2)];
  const count = voxels[0] * voxels[1] * voxels[2];
  if (!voxels.every((n) => Number.isInteger(n) && n > 0) || count > mostVoxels) {
    throw badInput({
      what: "Phantom size",
      got: `${voxels.join(" x ")} voxels`,
      expected: `positive whole numbers, at most ${mostVoxels} voxels in all`,
      todo: "Use a larger spacing or a smaller field",
    });
  }
  const origin = (a: 0 | 1 | 2): number => extent.centre[a] - ((voxels[a] - 1) / 2) * spacingMm[a];
  return { size: voxels, spacingMm, originMm: [origin(0), origin(1), origin(2)] };
}

/** T11 to the lesser trochanters with air around the skin. */
function trunkExtent(skeleton: Skeleton, trunk: Trunk): Extent {
  const t11 = vertebraOf(skeleton, "T11");
  const s = skeleton.variation.skeletonScale;
  const top = transformPoint(t11.worldFromVertebra, [0, 0, 4])[2];
  const bottom = transformPoint(skeleton.worldFromPelvis, [0, -44 * s, -112 * s])[2];
  const width = 2 * (trunk.halfWidth(bottom) + trunk.fatMm + 12);
  const margin = 0.85 * trunk.fatMm + 10;
  const front = trunk.halfDepth(top) + margin;
  const back = trunk.halfBack(bottom) + margin;
  return {
    centre: [0, trunk.centreY + (back - front) / 2, (top + bottom) / 2],
    lengths: [width, front + back, top - bottom],
  };
}

/** A cube from above L1 to below L5, centred on the vertebrae (bodies and arches). */
function lumbarExtent(skeleton: Skeleton): Extent {
  const l1 = vertebraOf(skeleton, "L1");
  const l5 = vertebraOf(skeleton, "L5");
  const top = transformPoint(l1.worldFromVertebra, [0, 0, 0.5 * l1.morphometry.heightPosterior]);
  const bottom = transformPoint(l5.worldFromVertebra, [0, 0, -0.5 * l5.morphometry.heightAnterior]);
  const height = top[2] - bottom[2];
  const side = 1.16 * height;
  const x = (top[0] + bottom[0]) / 2;
  const y = 16 * skeleton.variation.skeletonScale;
  return { centre: [x, y, (top[2] + bottom[2]) / 2], lengths: [side, side, side] };
}
