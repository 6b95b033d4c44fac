import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { projectPoint } from "./camera.ts";
import { translationPart } from "./mat4.ts";
import { rigidMotion } from "./matrices.testkit.ts";
import {
  type PlastimatchPanel,
  plastimatchFlags,
  plastimatchFromView,
  viewFromPlastimatch,
} from "./plastimatch.ts";
import { projectWithMatrix } from "./projectionMatrix.ts";
import { invertRigid } from "./se3.ts";
import { type Vec3, add, dot, normalise, scale } from "./vec3.ts";
import { expectClose, oddCamera as camera, pointsBefore } from "./views.testkit.ts";

const runs = { seed: 11, numRuns: 150 };

describe("plastimatch", () => {
  const panel: PlastimatchPanel = {
    normal: [0.3, -0.9, 0.2],
    viewUp: [0.1, 0, 1],
    isocentreMm: [4, -131, 314],
    ...{ sadMm: 600, sidMm: 1000, sizePx: [192, 160], sizeMm: [288, 240] },
  };

  test("a panel has its source and detector where the flags put them", () => {
    const view = viewFromPlastimatch(panel);
    const source = translationPart(invertRigid(view.cameraFromWorld));
    const normal = normalise(panel.normal);
    const expected = add(panel.isocentreMm, scale(normal, 600));
    source.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 9));
    // A detector point, as plastimatch's own description places it.
    const up = normalise(add(panel.viewUp, scale(normal, -dot(panel.viewUp, normal))));
    const columns: Vec3 = [
      up[1] * normal[2] - up[2] * normal[1],
      up[2] * normal[0] - up[0] * normal[2],
      up[0] * normal[1] - up[1] * normal[0],
    ];
    const centre = add(panel.isocentreMm, scale(normal, -400));
    const [u, v] = [20, 33];
    const onPanel = add(centre, add(scale(columns, (u - 95.5) * 1.5), scale(up, -(v - 79.5) * 1.5)));
    expectClose(projectPoint(view.camera, view.cameraFromWorld, onPanel), [u, v]);
  });

  test("flags made of a view give the view back", () => {
    fc.assert(
      fc.property(rigidMotion, (cameraFromWorld) => {
        const flags = plastimatchFromView({ camera, cameraFromWorld }, 640);
        const view = viewFromPlastimatch(flags);
        for (const point of pointsBefore(cameraFromWorld)) {
          const expected = projectPoint(camera, cameraFromWorld, point);
          expectClose(projectPoint(view.camera, view.cameraFromWorld, point), expected, 5);
        }
      }),
      runs,
    );
    expect(plastimatchFlags(panel)).toBe(
      "-n 0.3 -0.9 0.2 --vup 0.1 0 1 -o 4 -131 314 --sad 600 --sid 1000 -r 192 160 -z 288 240 -c 95.5 79.5",
    );
  });

  test("impossible panels are refused", () => {
    expect(() => viewFromPlastimatch({ ...panel, viewUp: scale(panel.normal, 2) })).toThrow(/not parallel/);
    expect(() => viewFromPlastimatch({ ...panel, sadMm: 1000 })).toThrow(/0 < sad < sid/);
  });

  const folder = resolve(import.meta.dirname, "../../../shared/data/ref_plastimatch/totalseg3mm");
  test.skipIf(!existsSync(folder))("agrees with the matrices that plastimatch wrote", () => {
    const geometry = JSON.parse(readFileSync(join(folder, "geometry.json"), "utf8")) as {
      name: string;
      nrm_lps: Vec3;
      vup_lps: Vec3;
      isocenter_lps: Vec3;
      sad: number;
      sid: number;
      dim: [number, number];
      size: [number, number];
    }[];
    expect(geometry.length).toBe(readdirSync(folder).filter((name) => name.endsWith(".txt")).length);
    for (const g of geometry) {
      const view = viewFromPlastimatch({
        ...{ normal: g.nrm_lps, viewUp: g.vup_lps, isocentreMm: g.isocenter_lps },
        ...{ sadMm: g.sad, sidMm: g.sid, sizePx: g.dim, sizeMm: g.size },
      });
      // Two numbers are the image centre, the next twelve P for pixels counted from it.
      const numbers = readFileSync(join(folder, `${g.name}_0000.txt`), "utf8")
        .trim()
        .split(/\s+/)
        .slice(0, 14)
        .map(Number);
      const p = numbers.slice(2);
      for (const offset of [
        [0, 0, 0],
        [60, 10, -50],
        [-40, 30, 80],
      ] as const) {
        const point = add(g.isocenter_lps, offset);
        const [u, v] = projectWithMatrix(p, point);
        const ours = projectPoint(view.camera, view.cameraFromWorld, point);
        expectClose([u + numbers[0]!, v + numbers[1]!], ours, 3);
      }
    }
  });
});
