import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CarmFrame, cameraFromPose } from "../../geometry/carm.ts";
import { binCamera } from "../../geometry/camera.ts";
import { zeroPose } from "../../geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../../geometry/presets.ts";
import { volumeCentreMm } from "../../image/volume.ts";
import type { Radiograph } from "../../image/radiograph.ts";
import { compactCompositeEncoder, compositeEncoder } from "../../networks/compositeEncoder.ts";
import { compactInitialiser, initialiserNodes } from "../../networks/initialiser.ts";
import { contentCentreMm } from "../../networks/initialiserInput.ts";
import type { Networks } from "../../networks/networks.ts";
import { tinyRefinement } from "../../networks/refinementInput.ts";
import { writeWeights } from "../../networks/weights.ts";
import type { Projector } from "../../projector/projector.ts";
import { createRandom } from "../../random.ts";
import { prepareVolume, rigidContent } from "../../registration/prepareVolume.ts";
import { register } from "../../registration/register.ts";
import { boxesCt } from "../../registration/registration.testkit.ts";
import { createGraph } from "../../tensor/graph.ts";
import { createParameterStore, initialiseParameters } from "../../tensor/parameterStore.ts";
import { createScope } from "../../tensor/scope.ts";
import { createNodeNetworks } from "./networks.ts";
import { createNodeProjector } from "./projector.ts";

const ct = boxesCt();
const preset = presetGeometry("perlove-plx118f");
const geometry: ImagingGeometry = { ...preset, camera: binCamera(preset.camera, 2) };
const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(ct), sourceToIsocentreMm: 700 };

/** Weights of a small initialiser: zeros answer the zero pose, others something else. */
function initialiserWeights(seed: number | undefined): Uint8Array {
  const config = {
    ...compactInitialiser,
    ...{ volumeWidths: [2, 2] as const, imageWidths: [4, 4, 4], residualWidths: [4, 4, 4, 4] as const },
  };
  const { scope } = initialiserNodes(createGraph(), config, { batch: 1, volumes: 1 });
  const store =
    seed === undefined
      ? createParameterStore(scope.parameters)
      : initialiseParameters(scope.parameters, createRandom(seed));
  return writeWeights(store, { network: "rtpi", config });
}

function encoderWeights(): Uint8Array {
  const config = {
    ...tinyRefinement,
    encoder: { ...compactCompositeEncoder, imageSize: 64, stem: [2, 4], widths: [4, 4, 4] } as const,
  };
  const graph = createGraph();
  const scope = createScope(graph);
  const encode = compositeEncoder(config.encoder);
  for (const name of ["fixed", "moving"]) {
    scope.layer(name, (inner) => encode(inner, graph.input(name, [1, 1, 64, 64])));
  }
  const store = initialiseParameters(scope.parameters, createRandom(1));
  return writeWeights(store, { network: "encoder", config });
}

let folder = "";
let projector: Projector;
let xray: Radiograph;
const opened: Networks[] = [];

async function networksOf(files: Readonly<Record<string, Uint8Array>>): Promise<Networks> {
  const models = await mkdtemp(join(folder, "models-"));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(models, name));
    await writeFile(join(models, name, "weights.safetensors"), bytes);
  }
  const networks = createNodeNetworks({ folder: models, threads: 1 });
  opened.push(networks);
  return networks;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-networks-"));
  projector = await createNodeProjector({ threads: 1 });
  const loaded = projector.load(prepareVolume(ct));
  const { width, height } = geometry.camera;
  const lines = projector.drr(
    loaded,
    geometry.camera,
    cameraFromPose({ ...zeroPose, ty: 6, rx: 0.05 }, frame),
  );
  xray = { data: lines.slice(), width, height, kind: "line-integral" };
  loaded.dispose();
});

afterAll(async () => {
  for (const networks of opened) await networks.dispose();
  projector.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe("rtpi", () => {
  it("turns the network's answer into a pose about the content's centre", async () => {
    const networks = await networksOf({ rtpi: initialiserWeights(undefined) });
    const result = await register(ct, xray, geometry, { projector, networks, method: "rtpi" });
    const centreMm = contentCentreMm(rigidContent(prepareVolume(ct))!);
    const expected = cameraFromPose(zeroPose, { ...frame, centreMm });
    expected.forEach((value, i) => expect(result.cameraFromWorld[i]).toBeCloseTo(value, 4));
  });

  it("does not look at the start, and answers the same every time", async () => {
    const networks = await networksOf({ rtpi: initialiserWeights(8) });
    const first = await register(ct, xray, geometry, { projector, networks, method: "rtpi" });
    const initial = cameraFromPose({ ...zeroPose, rz: 0.3, tx: 40 }, frame);
    const second = await register(ct, xray, geometry, { projector, networks, method: "rtpi", initial });
    expect(second.cameraFromWorld).toEqual(first.cameraFromWorld);
    expect(second.initial.cameraFromWorld).toEqual(initial);
  });

  it("says what is missing without networks and without weights", async () => {
    await expect(register(ct, xray, geometry, { projector, method: "rtpi" })).rejects.toMatchObject({
      code: "usage",
    });
    const networks = await networksOf({});
    await expect(register(ct, xray, geometry, { projector, networks, method: "rtpi" })).rejects.toThrow(
      /Weights of the network "rtpi".*sopi train rtpi/,
    );
  });

  it("refuses the weights of another network", async () => {
    const networks = await networksOf({ rtpi: encoderWeights() });
    await expect(register(ct, xray, geometry, { projector, networks, method: "rtpi" })).rejects.toThrow(
      /encoder/,
    );
  });
});

describe("sopi", () => {
  it("follows the features from the initialiser's pose and other starts", { timeout: 60_000 }, async () => {
    const networks = await networksOf({ rtpi: initialiserWeights(undefined), encoder: encoderWeights() });
    const options = { projector, networks };
    const result = await register(ct, xray, geometry, { ...options, method: "sopi" });
    expect(result.similarity.name).toBe("network");
    expect(result.similarity.final).not.toBe(result.similarity.initial);
    expect(result.evaluations).toBeGreaterThan(50);
    expect(["converged", "max-iterations"]).toContain(result.status);
    expect(result.trace.some(({ stage }) => stage === "features")).toBe(true);
    const again = await register(ct, xray, geometry, { ...options, method: "sopi" });
    expect(again.cameraFromWorld).toEqual(result.cameraFromWorld);
  });

  it.each(["rtpi+opt", "sopi+opt"])("%s ends with opt-gc", { timeout: 60_000 }, async (method) => {
    const networks = await networksOf({ rtpi: initialiserWeights(undefined), encoder: encoderWeights() });
    const range = { rotationDeg: 8, inPlaneMm: 16, depthMm: 16 };
    const result = await register(ct, xray, geometry, { projector, networks, method, range });
    expect(result.similarity.name).toBe("gc");
    expect(result.pose.ty).toBeCloseTo(6, 0);
    expect(result.pose.rx).toBeCloseTo(0.05, 2);
  });

  it("sopi+opt searches only where the networks' answer does not do", { timeout: 60_000 }, async () => {
    const initial = cameraFromPose({ ...zeroPose, rz: 0.1, ty: 20 }, frame);
    const networks = await networksOf({ rtpi: initialiserWeights(undefined), encoder: encoderWeights() });
    const run = async (start: typeof initial | "centre") => {
      const options = { projector, networks, method: "sopi+opt", initial: start };
      const result = await register(ct, xray, geometry, options);
      expect(result.pose.ty).toBeCloseTo(6, 0);
      expect(result.pose.rx).toBeCloseTo(0.05, 2);
      expect(result.evidence.trainedShare).toBeGreaterThan(0);
      return { ...result, searched: result.trace.some(({ stage }) => stage === "search") };
    };
    const good = await run(initial);
    expect(good.searched).toBe(false);
    // Without a start the same answer is not believed.
    const blind = await run("centre");
    expect(blind.searched).toBe(true);
    expect(good.evaluations).toBeLessThan(blind.evaluations);
  });
});
