import { type Solid, smoothMax, smoothStep } from "./solid.ts";

/** Shape of a vertebral body (or a disc), in its own frame: +x left, +y posterior, +z up; mm. */
export interface BodyShape {
  readonly heightAnterior: number;
  readonly heightPosterior: number;
  readonly widthUpper: number;
  readonly widthLower: number;
  readonly depthUpper: number;
  readonly depthLower: number;
  /** Narrowing in the middle of the height, ratio of the width: 0.14 for a lumbar body. */
  readonly waist: number;
  /** Depth of the hollow in the end plates, mm; negative bulges. */
  readonly concavity: number;
  /** Depth of the dent in the posterior wall (the kidney shape), mm. */
  readonly dent: number;
  /** Beak that grows out of the margins, mm. */
  readonly lip: number;
}

/**
 * A waisted cylinder with a kidney-shaped cross section (elliptical in front, squarer behind with
 * a dent where the canal passes) between two hollow, possibly wedged end plates.
 */
export function vertebralBody(shape: BodyShape): Solid {
  const meanHalf = (shape.heightAnterior + shape.heightPosterior) / 4;
  const meanDepth = (shape.depthUpper + shape.depthLower) / 2;
  const slope = (shape.heightPosterior - shape.heightAnterior) / (2 * meanDepth);
  const halfWidth = (shape.widthUpper + shape.widthLower) / 4;
  const widthSlope = (shape.widthUpper - shape.widthLower) / 4;
  const depthSlope = (shape.depthUpper - shape.depthLower) / (2 * meanDepth);
  const { waist, concavity, dent, lip } = shape;
  const highest = Math.max(shape.heightAnterior, shape.heightPosterior) / 2 + Math.max(0, -concavity);
  const reach = Math.max(shape.widthUpper, shape.widthLower) / 2 + lip;
  const reachY = Math.max(shape.depthUpper, shape.depthLower) * 0.56 + lip;
  const inverseDent = 4 / (halfWidth * halfWidth);
  return {
    box: { min: [-reach, -reachY, -highest], max: [reach, reachY, highest] },
    distance(x, y, z) {
      const half = meanHalf + slope * y;
      const u = Math.max(-1, Math.min(1, z / half));
      const u2 = u * u;
      const grow = lip * u2 * u2;
      const a = (halfWidth + widthSlope * u) * (1 - waist * (1 - u2)) + grow;
      const depth = meanDepth * (1 + depthSlope * u) * (1 - 0.75 * waist * (1 - u2));
      const qx = x / a;
      let n: number;
      if (y < 0) {
        const qy = y / (0.56 * depth + grow);
        n = Math.sqrt(qx * qx + qy * qy);
      } else {
        const hollow = dent / (1 + inverseDent * x * x);
        const qy = (y + hollow) / (0.44 * meanDepth + hollow * 0.55);
        const edge = Math.max(0, qy);
        n = Math.sqrt(Math.sqrt(qx * qx * qx * qx + edge * edge * edge * edge));
      }
      const r = Math.sqrt(x * x + y * y);
      const side = n < 1e-6 ? -Math.min(a, depth / 2) : ((n - 1) * Math.max(r, 0.3 * a)) / Math.max(n, 0.05);
      const hollowness = concavity * Math.max(0, 1 - n * n * n);
      const plate = Math.abs(z) - (half - hollowness);
      return smoothMax(side, plate, 2);
    },
  };
}

/** Shell thickness by height: thin walls at the waist, denser end plates. */
export function bodyCortex(shape: BodyShape, wallMm: number, plateMm: number) {
  const half = (shape.heightAnterior + shape.heightPosterior) / 4;
  return (_x: number, _y: number, z: number): number =>
    wallMm + (plateMm - wallMm) * smoothStep(0.55, 0.9, Math.abs(z) / half);
}
