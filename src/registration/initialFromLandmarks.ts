import { badInput } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, linearPart } from "../geometry/mat4.ts";
import { posesFromThreePoints } from "../geometry/perspectiveThreePoint.ts";
import { geodesicAngle } from "../geometry/so3.ts";
import { type Vec3, normalise } from "../geometry/vec3.ts";
import type { FormatWarning } from "../io/file.ts";
import type { LandmarkPair } from "../io/landmark.ts";
import { createRandom } from "../random.ts";
import {
  type PoseUncertainty,
  poseUncertainty,
  refineReprojection,
  reprojectionErrorsPx,
} from "./reprojection.ts";

export interface LandmarkPoseOptions {
  /** Pairs further off than this at the detector are left out; default 8 mm. */
  readonly inlierMm?: number;
  /** Seed of the choice of triples, which is only random for more than 12 pairs; default 1. */
  readonly seed?: number;
}

/** How well one pair fits the pose. */
export interface LandmarkResidual {
  readonly label: string;
  readonly errorPx: number;
  /** At the detector. */
  readonly errorMm: number;
  readonly used: boolean;
}

export interface LandmarkPose {
  readonly cameraFromWorld: Mat4;
  readonly residuals: readonly LandmarkResidual[];
  /** Root mean square over the used pairs. */
  readonly rmsPx: number;
  /** For an error of the points of `rmsPx`, or of one pixel where that is more. */
  readonly uncertainty: PoseUncertainty;
  readonly warnings: readonly FormatWarning[];
}

/** All triples are tried up to this many pairs, then a random choice of them. */
const exhaustivePairs = 12;
const randomTriples = 400;
/** So many of the best triples' poses are refined. */
const refinedPoses = 24;
/** A pose whose rotation is known no better than this is no start. */
const largestRotationSdDeg = 15;

interface Candidate {
  readonly pose: Mat4;
  readonly inliers: readonly LandmarkPair[];
  /** Squared errors over all pairs, each at most the square of the limit (MSAC). */
  readonly cost: number;
}

/**
 * The pose of a camera that sees landmarks of the CT at pixels of the X-ray: three-point poses of many triples, the one
 * most pairs agree with (MSAC, Torr & Zisserman 2000), then least squares on the reprojection error. Throws
 * `bad-input` for fewer than four pairs, where not more than half of them (and four) agree, and for points that
 * do not determine a pose.
 */
export function initialFromLandmarks(
  pairs: readonly LandmarkPair[],
  camera: Camera,
  options: LandmarkPoseOptions = {},
): LandmarkPose {
  checkPairs(pairs);
  const limitPx = (options.inlierMm ?? 8) / Math.min(...camera.pixelSpacingMm);
  const proposals = triplesOf(pairs, options.seed ?? 1)
    .flatMap((triple) => threePointPoses(triple, camera))
    .map((pose) => judge(pose, pairs, camera, limitPx))
    .sort((a, b) => a.cost - b.cost)
    .slice(0, refinedPoses);
  const refined = proposals
    .map((candidate) => settle(candidate, pairs, camera, limitPx))
    .sort((a, b) => a.cost - b.cost);
  const best = refined[0];
  if (!best || best.inliers.length < neededInliers(pairs.length)) throw disagreement(pairs, best, camera);
  return describe(best, refined, pairs, camera);
}

function checkPairs(pairs: readonly LandmarkPair[]): void {
  if (pairs.length < 4) {
    throw badInput({
      what: "Landmarks",
      got: `${pairs.length} pair(s)`,
      expected: "at least 4 points marked in both the CT and the X-ray",
    });
  }
  const bad = pairs.find(({ positionMm, pixel }) => ![...positionMm, ...pixel].every(Number.isFinite));
  if (bad)
    throw badInput({ what: `Landmark "${bad.label}"`, got: "no finite position", expected: "numbers" });
}

type Triple = readonly [LandmarkPair, LandmarkPair, LandmarkPair];

function triplesOf(pairs: readonly LandmarkPair[], seed: number): Triple[] {
  const n = pairs.length;
  if (n <= exhaustivePairs) {
    return pairs.flatMap((a, i) =>
      pairs.slice(i + 1).flatMap((b, j) => pairs.slice(i + j + 2).map((c): Triple => [a, b, c])),
    );
  }
  const random = createRandom(seed);
  return Array.from({ length: randomTriples }, (): Triple => {
    const i = random.integer(n);
    const j = (i + 1 + random.integer(n - 1)) % n;
    let k = random.integer(n - 2);
    for (const taken of [Math.min(i, j), Math.max(i, j)]) if (k >= taken) k++;
    return [pairs[i]!, pairs[j]!, pairs[k]!];
  });
}

function threePointPoses([a, b, c]: Triple, camera: Camera): Mat4[] {
  const points = [a.positionMm, b.positionMm, c.positionMm] as const;
  return posesFromThreePoints(points, [direction(a, camera), direction(b, camera), direction(c, camera)]);
}

function direction({ pixel }: LandmarkPair, camera: Camera): Vec3 {
  const [du, dv] = camera.pixelSpacingMm;
  const [cu, cv] = camera.principalPointPx;
  return normalise([(pixel[0] - cu) * du, (pixel[1] - cv) * dv, camera.sourceToDetectorMm]);
}

function judge(pose: Mat4, pairs: readonly LandmarkPair[], camera: Camera, limitPx: number): Candidate {
  const errors = reprojectionErrorsPx(camera, pose, pairs);
  const inliers = pairs.filter((_, i) => errors[i]! <= limitPx);
  return { pose, inliers, cost: errors.reduce((sum, error) => sum + Math.min(error, limitPx) ** 2, 0) };
}

/** Refines on the pairs that agree, then on those that agree after that. */
function settle(
  first: Candidate,
  pairs: readonly LandmarkPair[],
  camera: Camera,
  limitPx: number,
): Candidate {
  let candidate = first;
  for (let round = 0; round < 3; round++) {
    const used = candidate.inliers.length >= 4 ? candidate.inliers : pairs;
    const next = judge(refineReprojection(camera, candidate.pose, used), pairs, camera, limitPx);
    if (!(next.cost < candidate.cost)) break;
    candidate = next;
  }
  return candidate;
}

/** Four random points are easily explained; more than half of all are not. */
function neededInliers(pairs: number): number {
  return Math.max(4, Math.floor(pairs / 2) + 1);
}

function disagreement(pairs: readonly LandmarkPair[], best: Candidate | undefined, camera: Camera): Error {
  if (!best) {
    return badInput({
      what: "Landmarks",
      got: "points on a line, or seen as one",
      expected: "points spread over the field of view in two directions at least",
    });
  }
  const errors = reprojectionErrorsPx(camera, best.pose, pairs);
  const worst = pairs
    .map(({ label }, i) => ({ label, error: errors[i]! }))
    .sort((a, b) => b.error - a.error)
    .slice(0, 3)
    .map(
      ({ label, error }) =>
        `"${label}" ${Number.isFinite(error) ? `${error.toFixed(0)} px` : "behind the source"}`,
    );
  return badInput({
    what: "Landmarks",
    got: `only ${best.inliers.length} of ${pairs.length} agree on a pose; furthest off: ${worst.join(", ")}`,
    expected: `at least ${neededInliers(pairs.length)} that agree`,
    todo: "Check the labels, whether the picture is mirrored, and the geometry of the X-ray",
  });
}

function describe(
  best: Candidate,
  others: readonly Candidate[],
  pairs: readonly LandmarkPair[],
  camera: Camera,
): LandmarkPose {
  const errors = reprojectionErrorsPx(camera, best.pose, pairs);
  const used = new Set(best.inliers);
  const squares = pairs.reduce((sum, pair, i) => sum + (used.has(pair) ? errors[i]! ** 2 : 0), 0);
  const rmsPx = Math.sqrt(squares / best.inliers.length);
  const uncertainty = poseUncertainty(camera, best.pose, best.inliers, Math.max(1, rmsPx));
  if (!(uncertainty.rotationDeg <= largestRotationSdDeg)) {
    const sd = Number.isFinite(uncertainty.rotationDeg)
      ? `${uncertainty.rotationDeg.toFixed(0)} degrees`
      : "nothing";
    throw badInput({
      what: "Landmarks",
      got: `points that determine the rotation only to ${sd} for an error of ${Math.max(1, rmsPx).toFixed(1)} px`,
      expected: `points spread in all directions (${largestRotationSdDeg} degrees or better)`,
      todo: "Add points away from the line or plane of the others, such as spinous and transverse processes",
    });
  }
  const warnings = [...leftOut(pairs, used), ...ambiguity(best, others)];
  const pitch = Math.max(...camera.pixelSpacingMm);
  const residuals = pairs.map((pair, i) => ({
    label: pair.label,
    errorPx: errors[i]!,
    errorMm: errors[i]! * pitch,
    used: used.has(pair),
  }));
  return { cameraFromWorld: best.pose, residuals, rmsPx, uncertainty, warnings };
}

function leftOut(pairs: readonly LandmarkPair[], used: ReadonlySet<LandmarkPair>): FormatWarning[] {
  const labels = pairs.filter((pair) => !used.has(pair)).map(({ label }) => `"${label}"`);
  if (labels.length === 0) return [];
  return [
    {
      code: "landmarks-left-out",
      message: `Landmarks that do not agree with the others: ${labels.join(", ")}`,
    },
  ];
}

/** Points in or near one plane are explained by two poses. */
function ambiguity(best: Candidate, others: readonly Candidate[]): FormatWarning[] {
  const rival = others.find(({ pose, cost, inliers }) => {
    const apart = geodesicAngle(linearPart(pose), linearPart(best.pose));
    return apart > 0.1 && inliers.length === best.inliers.length && cost <= 4 * best.cost + inliers.length;
  });
  if (!rival) return [];
  const degrees = (geodesicAngle(linearPart(rival.pose), linearPart(best.pose)) * 180) / Math.PI;
  const message = `Another pose, ${degrees.toFixed(0)} degrees away, explains the landmarks nearly as well; add points outside their plane`;
  return [{ code: "landmarks-ambiguous", message }];
}
