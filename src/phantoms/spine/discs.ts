import { identity4, transformPoint } from "../../geometry/mat4.ts";
import { fromLinearTranslation, linearPart } from "../../geometry/mat4.ts";
import { tube } from "./bar.ts";
import { type Canvas, paintSolid } from "./canvas.ts";
import type { Skeleton } from "./skeleton.ts";
import { upperSacralDisc } from "./sacrum.ts";
import { tissueHu } from "./trunk.ts";
import { bodyBack } from "./vertebralArch.ts";
import { vertebralBody } from "./vertebralBody.ts";

/** Annulus and nucleus of every disc, painted before the bones that bound them. */
export function paintDiscs(canvas: Canvas, skeleton: Skeleton): void {
  skeleton.vertebrae.slice(1).forEach((below, i) => {
    const above = skeleton.vertebrae[i]!;
    const [m, n] = [above.morphometry, below.morphometry];
    const half = (n.heightAnterior + n.heightPosterior) / 4;
    const centre = transformPoint(below.worldFromVertebra, [0, 0, half + m.discHeight / 2]);
    const worldFromDisc = fromLinearTranslation(linearPart(below.worldFromVertebra), centre);
    const shape = (ratio: number, height: number, bulge: number) =>
      vertebralBody({
        ...{ heightAnterior: height + 3, heightPosterior: height },
        ...{ widthUpper: ratio * (m.widthLower + bulge), widthLower: ratio * (n.widthUpper + bulge) },
        ...{ depthUpper: ratio * (m.depthLower + bulge), depthLower: ratio * (n.depthUpper + bulge) },
        ...{ waist: 0, concavity: -2, dent: 2, lip: 0 },
      });
    const height = m.discHeight + 5;
    const worn = skeleton.variation.discFactor < 0.85 ? 10 : 0;
    paintSolid(canvas, worldFromDisc, shape(1, height, 2), tissueHu.disc + 15 + worn);
    paintSolid(canvas, worldFromDisc, shape(0.62, height, 0), tissueHu.disc - 12 + worn, { softMm: 4 });
  });
}

/** The disc between S1 and S2, where there is one to speak of. */
export function paintSacralDisc(canvas: Canvas, skeleton: Skeleton): void {
  const { skeletonScale, transition } = skeleton.variation;
  const s1 = skeleton.vertebrae.at(-1);
  if (s1) paintSolid(canvas, s1.worldFromVertebra, upperSacralDisc(skeletonScale, transition), tissueHu.disc);
}

/** Thecal sac in the fat of the canal, from T9 to S2. */
export function paintCanal(canvas: Canvas, skeleton: Skeleton): void {
  const points = skeleton.vertebrae.map((v) =>
    transformPoint(v.worldFromVertebra, [0, bodyBack(v.morphometry) + 0.48 * v.morphometry.canalDepth, 0]),
  );
  const radii = skeleton.vertebrae.map((v) => 0.42 * v.morphometry.canalDepth);
  const outer = skeleton.vertebrae.map((v) => 0.52 * v.morphometry.canalDepth);
  for (const solid of tube(points, outer)) paintSolid(canvas, identity4, solid, tissueHu.fat + 30);
  for (const solid of tube(points, radii)) paintSolid(canvas, identity4, solid, tissueHu.cord - 10);
}
