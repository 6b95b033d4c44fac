import { type BarShape, bar } from "./bar.ts";
import type { BonePart } from "./boneField.ts";
import type { LevelMorphometry } from "./morphometry.ts";
import type { PlacedVertebra } from "./spineCurve.ts";
import {
  type VertebraNeighbours,
  articularProcesses,
  bodyBack,
  lamina,
  pedicleAndPars,
  sides,
  spinousProcess,
  transverseProcess,
} from "./vertebralArch.ts";
import { type BodyShape, bodyCortex, vertebralBody } from "./vertebralBody.ts";
import { vertebralCanal } from "./vertebralCanal.ts";

/** Individual bone quality that all vertebrae of a patient share. */
export interface BoneQuality {
  /** HU of trabecular bone in the bodies. */
  readonly trabecularHu: number;
  /** Cortical thickness relative to a healthy adult. */
  readonly cortexFactor: number;
  /** Marginal osteophytes in mm. */
  readonly lipMm: number;
  /** Hollow of the lumbar end plates in mm; soft bone gives way to the discs. */
  readonly concavityMm: number;
}

export function bodyShapeOf(m: LevelMorphometry, quality: BoneQuality): BodyShape {
  const thoracic = m.name.startsWith("T");
  return {
    ...{ heightAnterior: m.heightAnterior, heightPosterior: m.heightPosterior },
    ...{ widthUpper: m.widthUpper, widthLower: m.widthLower },
    ...{ depthUpper: m.depthUpper, depthLower: m.depthLower },
    ...{
      waist: thoracic ? 0.1 : 0.14,
      concavity: (thoracic ? 0.7 : 1) * quality.concavityMm,
      dent: 2.5,
      lip: quality.lipMm,
    },
  };
}

/** All parts of a thoracic or lumbar vertebra, in painting order. */
export function vertebraParts(
  vertebra: PlacedVertebra,
  neighbours: VertebraNeighbours,
  quality: BoneQuality,
): BonePart[] {
  const { morphometry: m, worldFromVertebra } = vertebra;
  const shape = bodyShapeOf(m, quality);
  const body: BonePart = {
    solid: vertebralBody(shape),
    worldFromLocal: worldFromVertebra,
    cortexMm: bodyCortex(shape, 0.5 * quality.cortexFactor, 0.7 * quality.cortexFactor),
    coreHu: quality.trabecularHu,
    blendMm: 3,
  };
  const arch = (shape: BarShape, thickness = 1.15, blendMm = 3): BonePart => ({
    solid: bar(shape),
    worldFromLocal: worldFromVertebra,
    cortexMm: thickness * quality.cortexFactor,
    coreHu: quality.trabecularHu * 1.1 + 60,
    blendMm,
  });
  const paired = sides.flatMap((side) => [
    ...pedicleAndPars(m, side).map((shape) => arch(shape)),
    arch(lamina(m, side), 1.25),
    ...transverseProcess(m, side).map((shape) => arch(shape, 0.9)),
    ...articularProcesses(vertebra, neighbours, side).map((shape) => arch(shape, 1.5, 2)),
  ]);
  const canal: BonePart = {
    solid: vertebralCanal(bodyBack(m), m.canalWidth, m.canalDepth),
    ...{ worldFromLocal: worldFromVertebra, cortexMm: 0, coreHu: 0, blendMm: 1, cut: true },
  };
  return [body, ...paired, ...spinousProcess(m).map((shape) => arch(shape, 1)), canal];
}
