import { badInput } from "../errors.ts";
import { transformPoint } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { type Volume, createVolume } from "../image/volume.ts";
import { createRandom } from "../random.ts";
import { backContour } from "./spine/backContour.ts";
import { paintBones } from "./spine/bones.ts";
import { paintBowel } from "./spine/bowel.ts";
import { createCanvas, worldFromGrid } from "./spine/canvas.ts";
import { paintCanal, paintDiscs, paintSacralDisc } from "./spine/discs.ts";
import { type PhantomField, phantomGrid } from "./spine/field.ts";
import { type Implant, paintImplants } from "./spine/implants.ts";
import { paintMuscles } from "./spine/muscles.ts";
import { paintOrgans } from "./spine/organs.ts";
import { type PhantomDescription, describePhantom } from "./spine/description.ts";
import { scan } from "./spine/scanner.ts";
import { type Skeleton, atVertebra, createSkeleton } from "./spine/skeleton.ts";
import { type Trunk, createTrunk, paintTrunk } from "./spine/trunk.ts";
import { type SpineVariation, sampleVariation } from "./spine/variation.ts";

/** What to build; everything but the seed has a default. */
export interface SpinePhantomOptions {
  /** 32-bit seed: the same seed and options give the same volumes, bit for bit. */
  readonly seed: number;
  /** Voxel spacing in mm, one number or (x, y, z). Default: the field divided by `size`; 3 mm without either. */
  readonly spacingMm?: number | Vec3;
  /** Voxels along x, y, z. Default: what fills the field at `spacingMm`. */
  readonly size?: readonly [number, number, number];
  /**
   * `trunk` (default): T11 to the hips with the whole cross section. `lumbar`: the cube around L1
   * to L5 of section 3.1 of the paper (128 x 128 x 128 by default).
   */
  readonly field?: PhantomField;
  /** Fields of the patient that are fixed; the rest is drawn from the seed. */
  readonly variation?: Partial<SpineVariation>;
  /** Metal in the patient. Default: none. */
  readonly implants?: readonly Implant[];
  /** Standard deviation of CT noise in HU. Default 10. */
  readonly noiseHu?: number;
  /** Standard deviation of the CT kernel in mm. Default 0. */
  readonly kernelMm?: number;
  /** Leave out everything but bones and discs (air around them). Default false. */
  readonly bonesOnly?: boolean;
}

/** A CT in HU (Int16), its vertebra labels on the same grid (Uint8), and what was built. */
export interface SpinePhantom {
  readonly ct: Volume;
  /** 26 = S1, 27 = L5 .. 31 = L1, 32 = T12, 33 = T11 (34, 35 above), 25 = sacrum below S1. */
  readonly labels: Volume;
  readonly description: PhantomDescription;
}

/**
 * A parametric lumbar spine (T9 to the sacrum) in its trunk, with individual anatomy drawn from the
 * seed. World LPS mm, the body of L3 centred on the origin. Throws `bad-input` on a grid or a
 * variation that cannot be built.
 */
export function createSpinePhantom(options: SpinePhantomOptions): SpinePhantom {
  if (!Number.isInteger(options.seed)) {
    throw badInput({ what: "Phantom seed", got: String(options.seed), expected: "an integer" });
  }
  const random = createRandom(options.seed);
  const variation = sampleVariation(random.fork("variation"), options.variation);
  const skeleton = createSkeleton(random.fork("skeleton"), variation);
  const trunk = trunkOf(skeleton, random.fork("dome").uniform(20, 50));
  const canvas = createCanvas(phantomGrid(options, skeleton, trunk));

  let gas: ReturnType<typeof paintBowel> = [];
  if (!options.bonesOnly) {
    paintTrunk(canvas, trunk, random.fork("trunk"));
    paintOrgans(canvas, skeleton, trunk, random.fork("organs"));
    gas = paintBowel(
      canvas,
      trunk,
      { gas: variation.gas, scale: variation.skeletonScale },
      random.fork("bowel"),
    );
    paintMuscles(canvas, skeleton, trunk, random.fork("muscles").integer(2 ** 31));
    paintCanal(canvas, skeleton);
  }
  paintDiscs(canvas, skeleton);
  paintSacralDisc(canvas, skeleton);
  paintBones(canvas, skeleton, trunk, random.fork("bones"));
  paintImplants(canvas, skeleton, options.implants ?? []);
  const scanner = { noiseHu: options.noiseHu ?? 10, kernelMm: options.kernelMm ?? 0 };
  const shape = { size: canvas.grid.size, worldFromVoxel: worldFromGrid(canvas.grid) };
  return {
    ct: createVolume({ ...shape, data: scan(canvas, scanner, random.fork("scanner")), quantity: "hu" }),
    labels: createVolume({ ...shape, data: canvas.labels, quantity: "label" }),
    description: describePhantom(options.seed, skeleton, { implants: options.implants ?? [], gas }),
  };
}

/** The trunk around a skeleton; the diaphragm's dome stands `domeMm` above T11. */
function trunkOf(skeleton: Skeleton, domeMm: number): Trunk {
  const s = skeleton.variation.skeletonScale;
  return createTrunk(skeleton.variation, {
    crestZ: transformPoint(skeleton.worldFromPelvis, [0, 0, 47 * s])[2],
    domeZ: atVertebra(skeleton, "T11", [0, 0, domeMm * s])[2],
    backY: backContour(skeleton),
  });
}
