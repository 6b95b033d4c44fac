import { badInput } from "../errors.ts";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { type Mat4, transformPoint } from "../geometry/mat4.ts";
import { zeroPose } from "../geometry/pose.ts";
import { isRigid } from "../geometry/se3.ts";
import { volumeCornersMm } from "../image/volume.ts";
import type { PreparedCt } from "./preparedCt.ts";
import type { InitialSource } from "./result.ts";

/** Where a registration begins, and what says so. */
export interface StartPose {
  readonly cameraFromWorld: Mat4;
  readonly source: InitialSource;
}

/** The start that was given, checked, or the lumbar spine on the isocentre. */
export function startPose(
  initial: Mat4 | "centre",
  frame: CarmFrame,
  ct: Pick<PreparedCt, "volume" | "centreMm">,
): StartPose {
  if (initial === "centre") {
    // The middle of a CT of the trunk lies in the belly, a hand's breadth in front of the spine.
    const onSpine = { ...frame, centreMm: ct.centreMm };
    return { cameraFromWorld: cameraFromPose(zeroPose, onSpine), source: "centre" };
  }
  if (!isRigid(initial)) {
    throw badInput({
      what: "Start pose",
      got: "a matrix that is not a rigid motion",
      expected: "orthonormal rotation with determinant +1 and last row 0 0 0 1",
    });
  }
  const depths = volumeCornersMm(ct.volume).map((corner) => transformPoint(initial, corner)[2]);
  if (Math.max(...depths) <= 0) {
    throw badInput({
      what: "Start pose",
      got: `the whole volume behind the source (depth ${Math.min(...depths).toFixed(0)} to ${Math.max(...depths).toFixed(0)} mm)`,
      expected: "a volume between source and detector",
      todo: "Check that the matrix is cameraFromWorld (LPS mm), not its inverse",
    });
  }
  return { cameraFromWorld: initial, source: "file" };
}
