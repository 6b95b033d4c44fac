import type { Random } from "../../random.ts";

/** One straight blade: it covers where cos(angle) u + sin(angle) v > edge, (u, v) in pixels from the image centre. */
export interface Blade {
  readonly angleDeg: number;
  readonly edgePx: number;
}

/** Opening of the X-ray field on the detector. */
export interface Collimation {
  readonly blades: readonly Blade[];
  /** Radius of a round field (image intensifier) in pixels from the image centre; absent = none. */
  readonly roundPx?: number;
  /** Share of the beam that passes a blade. */
  readonly leak: number;
  /** Width of the blade's shadow edge in pixels. */
  readonly penumbraPx: number;
}

/** Four blades, each closing between `closure[0]` and `closure[1]` of the half image, slightly turned. */
export function drawCollimation(
  random: Random,
  width: number,
  height: number,
  closure: readonly [number, number],
): Collimation {
  const turn = random.normal(0, 3);
  const round = random.next() < 0.25;
  const blades = [0, 90, 180, 270].map((angle): Blade => {
    const half = (angle % 180 === 0 ? width : height) / 2;
    const open = random.next() < 0.25 ? 1.2 : 1 - random.uniform(closure[0], closure[1]);
    return { angleDeg: angle + turn, edgePx: half * open };
  });
  const radius = (Math.min(width, height) / 2) * random.uniform(0.94, 1.12);
  return {
    blades: round ? [] : blades,
    ...(round ? { roundPx: radius } : {}),
    ...{ leak: 0.002, penumbraPx: 1.5 },
  };
}

/** Share of the beam that reaches each pixel: 1 in the field, `leak` behind blades. */
export function fieldOf(collimation: Collimation | undefined, width: number, height: number): Float32Array {
  const field = new Float32Array(width * height).fill(1);
  if (!collimation) return field;
  const { blades, roundPx, leak, penumbraPx } = collimation;
  const [cu, cv] = [(width - 1) / 2, (height - 1) / 2];
  const edges = blades.map(({ angleDeg, edgePx }) => {
    const angle = (angleDeg * Math.PI) / 180;
    return { c: Math.cos(angle), s: Math.sin(angle), edgePx };
  });
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      let inside = roundPx === undefined ? Number.POSITIVE_INFINITY : roundPx - Math.hypot(u - cu, v - cv);
      for (const { c, s, edgePx } of edges) inside = Math.min(inside, edgePx - c * (u - cu) - s * (v - cv));
      const open = Math.min(1, Math.max(0, 0.5 + inside / Math.max(penumbraPx, 1e-6)));
      field[u + width * v] = leak + (1 - leak) * open;
    }
  }
  return field;
}
