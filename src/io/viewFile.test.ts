import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { projectPoint } from "../geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { rigidMotion } from "../geometry/matrices.testkit.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../geometry/presets.ts";
import { expectClose, oddCamera, pointsBefore } from "../geometry/views.testkit.ts";
import { writePoseCsv } from "./poseCsv.ts";
import { writeTransformFile } from "./transformFile.ts";
import { viewDocument } from "./viewDocument.ts";
import { parseView } from "./viewFile.ts";

const frame: CarmFrame = { view: "AP", centreMm: [12, -80, 310], sourceToIsocentreMm: 690 };
const geometry: ImagingGeometry = { camera: oddCamera, sourceToIsocentreMm: 690, view: "AP" };
const context = { geometry, centreMm: frame.centreMm };

/** The same points fall on the same pixels, wherever the view came from. */
function expectSameView(text: string, cameraFromWorld: Mat4): void {
  const read = parseView(text, context);
  for (const point of pointsBefore(cameraFromWorld)) {
    const seen = projectPoint(read.camera, read.cameraFromWorld, point);
    expectClose(seen, projectPoint(oddCamera, cameraFromWorld, point), 5);
  }
}

describe("views in every convention", () => {
  const keys = ["cameraFromWorld", "pose", "carmAngles", "projection", "plastimatch", "diffDrr"] as const;

  test.each(keys)("%s comes back as the same camera", (key) => {
    fc.assert(
      fc.property(rigidMotion, (cameraFromWorld) => {
        const document = viewDocument({ camera: oddCamera, cameraFromWorld }, frame);
        const part: Record<string, unknown> = { [key]: document[key] };
        if (key === "projection") Object.assign(part, document["image"]);
        if (key === "carmAngles") {
          Object.assign(part, {
            isocentreMm: document["isocentreMm"],
            sourceToIsocentreMm: document["sourceToIsocentreMm"],
          });
        }
        // The centre need not lie in front of an arbitrary camera.
        const { centreMm: _, ...anywhere } = context;
        const read = parseView(JSON.stringify(part), key === "projection" ? anywhere : context);
        for (const point of pointsBefore(cameraFromWorld)) {
          const seen = projectPoint(read.camera, read.cameraFromWorld, point);
          expectClose(seen, projectPoint(oddCamera, cameraFromWorld, point), 4);
        }
      }),
      { seed: 21, numRuns: 60 },
    );
  });

  const cameraFromWorld = cameraFromPose(
    poseFromDegMm({ rxDeg: 5, ryDeg: -8, rzDeg: 20, txMm: 12, tyMm: -7, tzMm: 30 }),
    frame,
  );
  const document = viewDocument({ camera: oddCamera, cameraFromWorld }, frame);

  test("the whole document, the DLT, the angles as text, and an ITK transform", () => {
    expectSameView(JSON.stringify(document), cameraFromWorld);
    expectSameView(
      JSON.stringify({ dlt: document["dlt"], ...(document["image"] as object) }),
      cameraFromWorld,
    );
    const text = parseView(
      JSON.stringify({ carmAngles: document["carmText"], isocentreMm: document["isocentreMm"] }),
      context,
    );
    text.cameraFromWorld.forEach((value, i) =>
      expect(Math.abs(value - cameraFromWorld[i]!)).toBeLessThan(0.2),
    );
    const tfm = writeTransformFile({ fixedFromMoving: cameraFromWorld, fixed: "camera", moving: "CT" });
    expectSameView(tfm, cameraFromWorld);
    expect(parseView(tfm, context).cameraFromWorld).toHaveLength(16);
  });

  test("poses come back to 1e-9 and keep what they say of their frame", () => {
    const read = parseView(JSON.stringify(document));
    expectClose(read.cameraFromWorld, cameraFromWorld, 9);
    expect(read.stated).toEqual(frame);
    expect(read.camera).toMatchObject({ width: 320, height: 256, sourceToDetectorMm: 1011.7 });
    expectClose(
      parseView(JSON.stringify({ pose: document["pose"] }), context).cameraFromWorld,
      cameraFromWorld,
      9,
    );
  });

  test("numbers of K are those of the camera, the preset's included", () => {
    const preset = presetGeometry("perlove-plx118f");
    const written = viewDocument({ camera: preset.camera, cameraFromWorld }, frame);
    const read = parseView(JSON.stringify(written));
    expectClose(read.camera.pixelSpacingMm, [0.79836, 0.79836], 9);
  });

  test.each([
    ["nothing known", "{}", /no fields; expected one of cameraFromWorld, pose, carmAngles/],
    [
      "a pose without a geometry",
      '{"pose": {"rxDeg":0,"ryDeg":0,"rzDeg":0,"txMm":0,"tyMm":0,"tzMm":0}}',
      /--geometry/,
    ],
    ["angles without an isocentre", '{"carmAngles": "LAO 30"}', /isocentreMm/],
    ["ten DLT parameters", '{"dlt": [1,2,3,4,5,6,7,8,9,10], "width": 5, "height": 5}', /field "dlt"/],
    ["a projection without a size", '{"projection": [[1,0,0,0],[0,1,0,0],[0,0,1,1]]}', /field "width"/],
    ["a DiffDRR view that is lateral", '{"diffDrr": {"orientation": "LAT"}}', /diffDrr/],
    ["a table of two poses", "m00,m01\r\n1,2\r\n3,4\r\n", /2 rows/],
    ["a table with a column missing", "m00,m01\r\n1,2\r\n", /m02; got ""/],
    [
      "a table of a scaling",
      `${writePoseCsv(cameraFromWorld).replace(/\n[^,]*/, "\n5")}`,
      /not a rigid motion/,
    ],
    ["text", "hello", /not JSON/],
  ])("%s is a named error", (_, text, message) => {
    expect(() => parseView(text)).toThrow(message);
  });
});
