import { badInput } from "../errors.ts";
import { type CarmFrame, type View, cameraFromPose } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { type PoseDegMm, poseFromDegMm } from "../geometry/pose.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { type Random, createRandom } from "../random.ts";
import { meanTargetRegistrationError } from "./poseErrors.ts";
import { protocolGeometry } from "./protocol.ts";
import type { PoseSpread, Protocol, ProtocolRow, ProtocolVolume, StartOffset } from "./protocolTypes.ts";

/** One volume of a protocol: a file, or one phantom of a series. */
export type SubjectSource =
  | Extract<ProtocolVolume, { kind: "file" }>
  | (Omit<Extract<ProtocolVolume, { kind: "phantom" }>, "firstSeed" | "count"> & { readonly seed: number });

/** A case before its volume is loaded; everything follows from the protocol's seed and the case's number. */
export interface CasePlan {
  /** "near/0003". */
  readonly id: string;
  readonly row: ProtocolRow;
  /** Number of the case in its row, from 0. */
  readonly index: number;
  readonly subject: SubjectSource;
  readonly view: View;
  /** theta of the truth, in the frame centred on the target level. */
  readonly truth: PoseDegMm;
  readonly xraySeed: number;
  /** Seed handed to the method; says nothing about the other two. */
  readonly registrationSeed: number;
}

/** A case with its matrices: what the runner knows and no method is told. */
export interface EvaluationCase extends CasePlan {
  readonly frame: CarmFrame;
  readonly truthCamera: Mat4;
  readonly startCamera: Mat4 | "centre";
}

/** What of a volume a case needs: where the level is and which points errors are measured at (world mm). */
export interface SubjectPoints {
  readonly centreMm: Vec3;
  readonly targetsMm: readonly Vec3[];
}

const axes = ["rxDeg", "ryDeg", "rzDeg", "txMm", "tyMm", "tzMm"] as const;

/** Every volume of a row, phantoms of a series one by one. */
export function subjectsOf(row: ProtocolRow): SubjectSource[] {
  return row.volumes.flatMap((volume): SubjectSource[] => {
    if (volume.kind === "file") return [volume];
    const { firstSeed, count, ...rest } = volume;
    return Array.from({ length: count }, (_, i) => ({ ...rest, seed: firstSeed + i }));
  });
}

/**
 * The cases of one row. Case n of every row of a protocol has the same true pose and X-ray seed, so rows are
 * compared pairwise; views alternate, volumes change after every round of views.
 */
export function planCases(protocol: Protocol, row: ProtocolRow): CasePlan[] {
  const subjects = subjectsOf(row);
  return Array.from({ length: protocol.cases }, (_, index) => {
    const random = caseRandom(protocol, index);
    return {
      id: `${row.name}/${String(index).padStart(4, "0")}`,
      row,
      index,
      subject: subjects[Math.floor(index / row.views.length) % subjects.length]!,
      view: row.views[index % row.views.length]!,
      truth: drawPose(random.fork("truth"), row.truth),
      xraySeed: random.fork("xray").integer(2 ** 31),
      registrationSeed: random.fork("registration").integer(2 ** 31),
    };
  });
}

function caseRandom(protocol: Protocol, index: number): Random {
  return createRandom(protocol.seed).fork(`case ${index}`);
}

/** Six numbers from a distribution; depth is tx, in-plane ty and tz. */
export function drawPose(random: Random, spread: PoseSpread): PoseDegMm {
  const { distribution, rotationDeg, inPlaneMm, depthMm } = spread;
  const one = (width: number): number =>
    distribution === "uniform" ? random.uniform(-width, width) : random.normal(0, width);
  return {
    rxDeg: one(rotationDeg),
    ryDeg: one(rotationDeg),
    rzDeg: one(rotationDeg),
    txMm: one(depthMm),
    tyMm: one(inPlaneMm),
    tzMm: one(inPlaneMm),
  };
}

/** Completes a plan with the matrices of truth and start for its volume. */
export function completeCase(plan: CasePlan, protocol: Protocol, points: SubjectPoints): EvaluationCase {
  const geometry = protocolGeometry(protocol);
  const frame = truthFrame(geometry, plan.view, points.centreMm);
  const truthCamera = cameraFromPose(poseFromDegMm(plan.truth), frame);
  const random = caseRandom(protocol, plan.index).fork("start");
  const startCamera = drawStart(random, plan, { frame, truthCamera, targetsMm: points.targetsMm });
  return { ...plan, frame, truthCamera, startCamera };
}

/** The frame of true poses: the target level on the isocentre at zero pose. */
export function truthFrame(geometry: ImagingGeometry, view: View, centreMm: Vec3): CarmFrame {
  return { view, centreMm, sourceToIsocentreMm: geometry.sourceToIsocentreMm };
}

interface StartScene {
  readonly frame: CarmFrame;
  readonly truthCamera: Mat4;
  readonly targetsMm: readonly Vec3[];
}

function drawStart(random: Random, plan: CasePlan, scene: StartScene): Mat4 | "centre" {
  const { offset } = plan.row;
  if (offset.distribution === "centre") return "centre";
  const startAt = (difference: PoseDegMm, scale = 1): Mat4 => {
    const start: Record<string, number> = {};
    for (const axis of axes) start[axis] = plan.truth[axis] + scale * difference[axis];
    return cameraFromPose(poseFromDegMm(start as unknown as PoseDegMm), scene.frame);
  };
  if (offset.distribution !== "mtre-bins") return startAt(drawPose(random, offset));
  return startInBin(random, offset, plan.index, (difference, scale) => {
    const estimate = startAt(difference, scale);
    const pair = { estimate, truth: scene.truthCamera };
    return { estimate, mtreMm: meanTargetRegistrationError(pair, scene.targetsMm) };
  });
}

/** Scales a random direction by bisection until the initial mTRE is a uniform draw from its bin. */
function startInBin(
  random: Random,
  offset: Extract<StartOffset, { distribution: "mtre-bins" }>,
  index: number,
  at: (difference: PoseDegMm, scale: number) => { estimate: Mat4; mtreMm: number },
): Mat4 {
  const bin = index % (offset.edgesMm.length - 1);
  const wanted = random.uniform(offset.edgesMm[bin]!, offset.edgesMm[bin + 1]!);
  const direction = drawPose(random, { ...offset, distribution: "uniform" });
  let [low, high] = [0, 1];
  while (at(direction, high).mtreMm < wanted) {
    high *= 2;
    if (high > 1024) throw unreachableBin(wanted);
  }
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (at(direction, middle).mtreMm < wanted) low = middle;
    else high = middle;
  }
  return at(direction, high).estimate;
}

function unreachableBin(wanted: number): Error {
  return badInput({
    what: "Start offsets by mTRE",
    got: `a spread that cannot reach ${wanted.toFixed(1)} mm`,
    expected: "rotationDeg, inPlaneMm or depthMm above 0",
  });
}
