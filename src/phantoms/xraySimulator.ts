import { badInput } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, compose, transformPoint } from "../geometry/mat4.ts";
import { isRigid } from "../geometry/se3.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { type Radiograph, createRadiograph } from "../image/radiograph.ts";
import { type Volume, volumeCentreMm } from "../image/volume.ts";
import { type Random, createRandom } from "../random.ts";
import { type Collimation, drawCollimation, fieldOf } from "./xray/collimator.ts";
import { changeContent } from "./xray/contentChange.ts";
import { detect, readOut } from "./xray/detector.ts";
import { type FineVolume, refineVolume, storeAlong } from "./xray/fineVolume.ts";
import { tracePrimary } from "./xray/primary.ts";
import { scatterImage } from "./xray/scatter.ts";
import { type Spectrum, createSpectrum } from "./xray/spectrum.ts";
import { type Tool, drawTools } from "./xray/tools.ts";
import { type XrayPhysics, type XrayPreset, xrayPhysics } from "./xray/xrayPhysics.ts";

/** One X-ray to simulate. */
export interface XrayRequest {
  /** CT in HU. */
  readonly ct: Volume;
  readonly camera: Camera;
  readonly cameraFromWorld: Mat4;
  /** 32-bit seed of noise, blades, tools and content. */
  readonly seed: number;
  /** A preset's name or the whole physics. Default "default". */
  readonly physics?: XrayPhysics | XrayPreset;
  /** Labels on the CT's grid that must not move when content changes (> 0), beside all bone. */
  readonly labels?: Volume;
}

/** The image and everything that was drawn to make it. */
export interface SimulatedXray {
  /** `intensity` as detected; `unknown` when the look-up table inverts it. */
  readonly radiograph: Radiograph;
  readonly metadata: {
    readonly seed: number;
    readonly physics: XrayPhysics;
    readonly collimation: Collimation | undefined;
    readonly shutter: boolean;
    readonly tools: readonly Tool[];
    /** Share of the beam that reaches each pixel; below 0.5 = behind a blade. */
    readonly field: Float32Array;
    /** 1 where a tool's shadow lies. */
    readonly toolMask: Uint8Array;
  };
}

/** Simulates many X-rays of one CT; the refined volume is made once (per seed when content changes). */
export interface XraySimulator {
  simulate(view: Pick<XrayRequest, "camera" | "cameraFromWorld" | "seed">): SimulatedXray;
}

/**
 * Prepares a CT. Rays are traced by the simulator's own integrator (cubic refinement, sub-voxel
 * steps, several rays a pixel) through water, bone and metal at several energies; then collimation,
 * scatter, blur, quantum noise and read-out.
 */
export function createXraySimulator(source: Pick<XrayRequest, "ct" | "physics" | "labels">): XraySimulator {
  const physics = xrayPhysics(source.physics ?? "default");
  const { ct, labels } = source;
  if (ct.quantity !== "hu") {
    throw badInput({ what: "X-ray simulation", got: `a volume of ${ct.quantity}`, expected: "a CT in HU" });
  }
  if (labels && labels.data.length !== ct.data.length) {
    throw badInput({
      what: "X-ray simulation: labels",
      got: `${labels.size.join(" x ")} voxels`,
      expected: `the grid of the CT, ${ct.size.join(" x ")}`,
    });
  }
  const spectrum = createSpectrum(physics.beam);
  let kept: { axis: number; fine: FineVolume } | undefined;
  const volumeFor = (axis: 0 | 1 | 2, random: Random): FineVolume => {
    if (physics.content) {
      const changed = changeContent(ct, physics.content, random, labels);
      return refineVolume(storeAlong(changed, axis), physics.refineToMm);
    }
    if (kept?.axis !== axis) {
      kept = undefined;
      kept = { axis, fine: refineVolume(storeAlong(ct, axis), physics.refineToMm) };
    }
    return kept.fine;
  };
  return {
    simulate: (view) => {
      checkView(view);
      const random = createRandom(view.seed);
      const fine = volumeFor(beamAxis(ct, view.cameraFromWorld), random.fork("content"));
      return simulateView(fine, volumeCentreMm(ct), spectrum, physics, view);
    },
  };
}

/** The voxel axis that runs most nearly along the principal ray. */
function beamAxis(ct: Volume, cameraFromWorld: Mat4): 0 | 1 | 2 {
  const m = compose(cameraFromWorld, ct.worldFromVoxel);
  const along = ([0, 1, 2] as const).map(
    (a) => Math.abs(m[8 + a]!) / Math.hypot(m[a]!, m[4 + a]!, m[8 + a]!),
  );
  return along.indexOf(Math.max(...along)) as 0 | 1 | 2;
}

/** One X-ray of one CT; for several of the same CT use `createXraySimulator`. */
export function simulateXray(request: XrayRequest): SimulatedXray {
  return createXraySimulator(request).simulate(request);
}

type ViewRequest = Pick<XrayRequest, "camera" | "cameraFromWorld" | "seed">;

function checkView({ camera, cameraFromWorld, seed }: ViewRequest): void {
  if (!isRigid(cameraFromWorld)) {
    throw badInput({
      what: "cameraFromWorld",
      got: "a matrix that is not a rigid motion",
      expected: "[R t; 0 1]",
    });
  }
  const whole = Number.isInteger(camera.width) && Number.isInteger(camera.height);
  if (!whole || camera.width < 1 || camera.height < 1 || camera.width * camera.height > 8192 ** 2) {
    throw badInput({
      what: "Detector size",
      got: `${camera.width} x ${camera.height}`,
      expected: "1 to 8192 pixels a side",
    });
  }
  if (!Number.isInteger(seed)) throw badInput({ what: "X-ray seed", got: `${seed}`, expected: "an integer" });
}

function simulateView(
  fine: FineVolume,
  centreMm: Vec3,
  spectrum: Spectrum,
  physics: XrayPhysics,
  view: ViewRequest,
): SimulatedXray {
  const { camera, cameraFromWorld, seed } = view;
  const { width, height } = camera;
  const random = createRandom(seed);
  const tools = toolsFor(physics, view, centreMm, random.fork("tools"));
  const collimation = physics.bladeClosure
    ? drawCollimation(random.fork("blades"), width, height, physics.bladeClosure)
    : undefined;
  const field = fieldOf(collimation, width, height);
  const toolMask = new Uint8Array(width * height);
  const primary = tracePrimary(fine, spectrum, physics, { camera, cameraFromWorld, tools, toolMask });
  for (let n = 0; n < primary.length; n++) primary[n]! *= field[n]!;
  const scatter = scatterImage(primary, width, height, camera.pixelSpacingMm, physics.scatter);
  const signal = primary.map((p, n) => p + scatter[n]!);
  const image = { width, height, pixelMm: camera.pixelSpacingMm };
  const detected = detect(signal, field, image, physics.detector, random.fork("noise"));
  const shutter = physics.shutter === "random" ? random.fork("shutter").next() < 0.5 : physics.shutter;
  const data = readOut(detected, field, physics.readout);
  if (shutter) for (let n = 0; n < data.length; n++) if (field[n]! < 0.5) data[n] = 0;
  const kind = physics.readout.polarity === "normal" ? "intensity" : "unknown";
  return {
    radiograph: createRadiograph({ data, width, height, kind, pixelSpacingMm: camera.pixelSpacingMm }),
    metadata: { seed, physics, collimation, shutter, tools, field, toolMask },
  };
}

/** Instruments at about the depth of the patient's middle. */
function toolsFor(physics: XrayPhysics, view: ViewRequest, centreMm: Vec3, random: Random): Tool[] {
  const [least, most] = physics.tools;
  const count = least + random.integer(most - least + 1);
  const depth = transformPoint(view.cameraFromWorld, centreMm)[2];
  return count > 0 && depth > 50 ? drawTools(random, view.camera, depth, count) : [];
}
