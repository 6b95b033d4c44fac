import type { Camera } from "../../geometry/camera.ts";
import { type Vec3, add, cross, dot, normalise, scale, subtract } from "../../geometry/vec3.ts";
import type { Random } from "../../random.ts";

/** A convex piece of steel in the camera frame (mm): a capped cylinder or a box. */
export type ToolPiece =
  | { readonly kind: "cylinder"; readonly from: Vec3; readonly to: Vec3; readonly radiusMm: number }
  | {
      readonly kind: "box";
      readonly centre: Vec3;
      /** Orthonormal axes and half lengths along them. */
      readonly axes: readonly [Vec3, Vec3, Vec3];
      readonly halfMm: Vec3;
    };

/** An instrument lying in the beam. */
export interface Tool {
  readonly name: string;
  readonly pieces: readonly ToolPiece[];
}

/** Length in mm of the ray from the source (origin) along unit `direction` inside a piece. */
export function chordMm(piece: ToolPiece, direction: Vec3): number {
  return piece.kind === "cylinder" ? cylinderChord(piece, direction) : boxChord(piece, direction);
}

function cylinderChord(piece: ToolPiece & { kind: "cylinder" }, direction: Vec3): number {
  const span = subtract(piece.to, piece.from);
  const length = Math.hypot(...span);
  const axis = scale(span, 1 / length);
  const along = dot(direction, axis);
  const start = -dot(piece.from, axis);
  const across = subtract(direction, scale(axis, along));
  const offset = add(scale(piece.from, -1), scale(axis, -start));
  const a = dot(across, across);
  const b = dot(across, offset);
  const c = dot(offset, offset) - piece.radiusMm ** 2;
  let [enter, leave] = [0, Number.POSITIVE_INFINITY];
  if (a < 1e-14) {
    if (c > 0) return 0;
  } else {
    const root = b * b - a * c;
    if (root <= 0) return 0;
    [enter, leave] = [(-b - Math.sqrt(root)) / a, (-b + Math.sqrt(root)) / a];
  }
  if (Math.abs(along) < 1e-12) return start < 0 || start > length ? 0 : Math.max(0, leave - enter);
  const [t0, t1] = [-start / along, (length - start) / along];
  return Math.max(0, Math.min(leave, Math.max(t0, t1)) - Math.max(enter, Math.min(t0, t1)));
}

function boxChord(piece: ToolPiece & { kind: "box" }, direction: Vec3): number {
  let [enter, leave] = [0, Number.POSITIVE_INFINITY];
  for (const a of [0, 1, 2] as const) {
    const slope = dot(direction, piece.axes[a]);
    const origin = -dot(piece.centre, piece.axes[a]);
    const half = piece.halfMm[a];
    if (Math.abs(slope) < 1e-12) {
      if (Math.abs(origin) > half) return 0;
      continue;
    }
    const [t0, t1] = [(-half - origin) / slope, (half - origin) / slope];
    enter = Math.max(enter, Math.min(t0, t1));
    leave = Math.min(leave, Math.max(t0, t1));
  }
  return Math.max(0, leave - enter);
}

/** The pixel rectangle [u0, u1] x [v0, v1] that holds a piece's shadow. */
export function shadowBox(piece: ToolPiece, camera: Camera): [number, number, number, number] {
  const [centre, reach] =
    piece.kind === "cylinder"
      ? [
          scale(add(piece.from, piece.to), 0.5),
          Math.hypot(...subtract(piece.to, piece.from)) / 2 + piece.radiusMm,
        ]
      : [piece.centre, Math.hypot(...piece.halfMm)];
  const near = Math.max(1, centre[2] - reach);
  const [du, dv] = camera.pixelSpacingMm;
  const f = camera.sourceToDetectorMm;
  const reachU = ((reach * f) / (near * du)) * 1.3 + 2;
  const reachV = ((reach * f) / (near * dv)) * 1.3 + 2;
  const u = (f * centre[0]) / (centre[2] * du) + camera.principalPointPx[0];
  const v = (f * centre[1]) / (centre[2] * dv) + camera.principalPointPx[1];
  return [u - reachU, u + reachU, v - reachV, v + reachV];
}

/** Needles, wires, a screwdriver or a retractor, thrown into the field around depth `depthMm`. */
export function drawTools(random: Random, camera: Camera, depthMm: number, count: number): Tool[] {
  const spanMm =
    (Math.min(camera.width * camera.pixelSpacingMm[0], camera.height * camera.pixelSpacingMm[1]) * depthMm) /
    camera.sourceToDetectorMm;
  return Array.from({ length: count }, () => {
    const angle = random.uniform(0, 2 * Math.PI);
    const target: Vec3 = [
      random.normal(0, 0.16) * spanMm,
      random.normal(0, 0.16) * spanMm,
      depthMm + random.normal(0, 20),
    ];
    const axis = normalise([Math.cos(angle), Math.sin(angle), random.normal(0, 0.5)]);
    const draw = random.next();
    const reach = spanMm * random.uniform(0.35, 0.75);
    if (draw < 0.3) return needle("needle", target, axis, reach, random.uniform(0.5, 0.9));
    if (draw < 0.6) return needle("k-wire", target, axis, reach, random.uniform(0.8, 1.25));
    if (draw < 0.82) return screwdriver(target, axis, reach);
    return retractor(random, target, axis);
  });
}

/** A thin rod from its tip at `target` outwards; needles carry a hub. */
function needle(name: string, target: Vec3, axis: Vec3, lengthMm: number, radiusMm: number): Tool {
  const end = add(target, scale(axis, lengthMm));
  const hub: ToolPiece[] =
    name === "needle" ? [{ kind: "cylinder", from: end, to: add(end, scale(axis, 18)), radiusMm: 2.2 }] : [];
  return { name, pieces: [{ kind: "cylinder", from: target, to: end, radiusMm }, ...hub] };
}

/** A shaft with a screw at its tip and a thicker sleeve behind. */
function screwdriver(target: Vec3, axis: Vec3, lengthMm: number): Tool {
  const at = (mm: number): Vec3 => add(target, scale(axis, mm));
  return {
    name: "screwdriver",
    pieces: [
      { kind: "cylinder", from: target, to: at(38), radiusMm: 2.6 },
      { kind: "cylinder", from: at(38), to: at(48), radiusMm: 5 },
      { kind: "cylinder", from: at(48), to: at(48 + lengthMm), radiusMm: 3.4 },
    ],
  };
}

/** A bent blade: two plates at a right angle. */
function retractor(random: Random, target: Vec3, axis: Vec3): Tool {
  const across = normalise(cross(axis, [random.normal(), random.normal(), random.normal()]));
  const normal = cross(axis, across);
  const [length, width] = [random.uniform(35, 60), random.uniform(8, 14)];
  const blade: ToolPiece = {
    ...{ kind: "box", centre: target, axes: [axis, across, normal] },
    halfMm: [length, width, 0.8],
  };
  const foot: ToolPiece = {
    ...{ kind: "box", axes: [axis, across, normal] },
    centre: add(target, add(scale(axis, length), scale(normal, 9))),
    halfMm: [0.8, width, 9],
  };
  return { name: "retractor", pieces: [blade, foot] };
}
