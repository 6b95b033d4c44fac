import { badInput } from "../errors.ts";
import { transformPoint } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { sameGrid } from "../image/grid.ts";
import { parseLabels } from "../image/labels.ts";
import { selectLabels } from "../image/mask.ts";
import type { Volume } from "../image/volume.ts";
import type { SubjectPoints } from "./cases.ts";
import type { Protocol } from "./protocolTypes.ts";

/** A CT with vertebra labels on its grid, and a name that changes when either changes. */
export interface Subject {
  readonly key: string;
  readonly ct: Volume;
  readonly labels: Volume;
}

/** Checks that the labels lie on the grid of the CT. */
export function createSubject(subject: Subject): Subject {
  if (sameGrid(subject.ct, subject.labels)) return subject;
  throw badInput({
    what: `Labels of ${subject.key}`,
    got: `${subject.labels.size.join(" x ")} voxels on another grid`,
    expected: `the grid of the CT, ${subject.ct.size.join(" x ")} voxels`,
    todo: "Resample the labels to the CT first",
  });
}

/** Centroid of the target level, and every `stride`-th voxel of the target labels (world mm). */
export function subjectPoints(
  { labels }: Subject,
  protocol: Pick<Protocol, "targetLevel" | "targets">,
): SubjectPoints {
  const level = voxelPoints(labels, protocol.targetLevel, 1);
  const centre = [0, 1, 2].map((axis) => level.reduce((sum, p) => sum + p[axis]!, 0) / level.length);
  return {
    centreMm: [centre[0]!, centre[1]!, centre[2]!],
    targetsMm: voxelPoints(labels, protocol.targets.labels, protocol.targets.stride ?? 7),
  };
}

/** The mask of a row, on the grid of the CT; undefined when the whole volume is compared. */
export function subjectMask({ labels }: Subject, wanted: string | undefined): Volume | undefined {
  return wanted === undefined ? undefined : selectLabels(labels, wanted);
}

function voxelPoints(labels: Volume, wanted: string, stride: number): Vec3[] {
  const numbers = new Set(parseLabels(wanted));
  const [nx, ny] = labels.size;
  const points: Vec3[] = [];
  let seen = 0;
  labels.data.forEach((label: number, i: number) => {
    if (!numbers.has(label) || seen++ % stride !== 0) return;
    points.push(
      transformPoint(labels.worldFromVoxel, [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))]),
    );
  });
  if (points.length > 0) return points;
  throw badInput({ what: "Labels", got: `no voxel of ${wanted}`, expected: "at least one" });
}
