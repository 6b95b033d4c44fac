import { createFolder } from "../fileWriter.ts";
import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EvaluationCase } from "../../../evaluation/cases.ts";
import { rowPhysics } from "../../../evaluation/protocol.ts";
import type { Subject } from "../../../evaluation/subject.ts";
import type { ImagingGeometry } from "../../../geometry/presets.ts";
import { type Radiograph, type RadiographKind, createRadiograph } from "../../../image/radiograph.ts";
import { type XraySimulator, createXraySimulator } from "../../../phantoms/xraySimulator.ts";
import { sha256 } from "../fileReader.ts";

/** Simulated X-rays, made once and kept in a folder. */
export interface XrayCache {
  radiograph(one: EvaluationCase, subject: Subject, geometry: ImagingGeometry): Promise<Radiograph>;
}

const kinds: readonly RadiographKind[] = ["intensity", "line-integral", "unknown"];

/** What decides every pixel: volume, physics, pose, seed and camera. */
function cacheKey(one: EvaluationCase, subject: Subject, geometry: ImagingGeometry): string {
  const physics = JSON.stringify(rowPhysics(one.row));
  const parts = [subject.key, physics, one.truthCamera, one.xraySeed, geometry.camera];
  return sha256(new TextEncoder().encode(JSON.stringify(parts))).slice(0, 24);
}

/** A cache below `folder`. Files appear whole or not at all, so that a kill leaves nothing half-written. */
export function createXrayCache(folder: string): XrayCache {
  let kept: { readonly key: string; readonly simulator: XraySimulator } | undefined;
  const simulatorFor = (one: EvaluationCase, subject: Subject): XraySimulator => {
    const physics = rowPhysics(one.row);
    const key = `${subject.key} ${JSON.stringify(physics)}`;
    if (kept?.key !== key) {
      const { ct, labels } = subject;
      kept = { key, simulator: createXraySimulator({ ct, labels, physics }) };
    }
    return kept.simulator;
  };
  return {
    async radiograph(one, subject, geometry) {
      const { camera } = geometry;
      const path = join(folder, `${cacheKey(one, subject, geometry)}.f32`);
      const stored = await readFile(path).catch(() => undefined);
      const pixels = camera.width * camera.height;
      if (stored && stored.length === 4 * (pixels + 1)) return decode(stored, geometry);
      const view = { camera, cameraFromWorld: one.truthCamera, seed: one.xraySeed };
      const { radiograph } = simulatorFor(one, subject).simulate(view);
      await createFolder(folder);
      const temporary = `${path}.${randomBytes(4).toString("hex")}`;
      await writeFile(temporary, encode(radiograph));
      await rename(temporary, path);
      return radiograph;
    },
  };
}

/** One number for the meaning of the pixels, then the pixels. */
function encode({ data, kind }: Radiograph): Buffer {
  const all = new Float32Array(data.length + 1);
  all[0] = kinds.indexOf(kind);
  all.set(data, 1);
  return Buffer.from(all.buffer);
}

function decode(bytes: Buffer, { camera }: ImagingGeometry): Radiograph {
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return createRadiograph({
    data: all.slice(1),
    width: camera.width,
    height: camera.height,
    kind: kinds[all[0]!] ?? "unknown",
    pixelSpacingMm: camera.pixelSpacingMm,
  });
}
