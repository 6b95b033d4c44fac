import { badInput } from "../../errors.ts";
import { type Mat4, fromLinearTranslation } from "../../geometry/mat4.ts";
import { type Vec3, cross, norm, normalise, scale } from "../../geometry/vec3.ts";
import { isSheared } from "../../image/grid.ts";
import type { FormatWarning } from "../file.ts";
import { numbersOf } from "../textHeader.ts";
import { threeSizes } from "../volumeSize.ts";
import { type NrrdHeader, nrrdField } from "./nrrdHeader.ts";

export interface NrrdGrid {
  readonly size: [number, number, number];
  readonly worldFromVoxel: Mat4;
  readonly warnings: FormatWarning[];
  readonly spacingKnown: boolean;
  /** Fields that the grid came from. */
  readonly source?: string;
}

/** Signs that turn the named space into LPS. */
const spaces: Readonly<Record<string, Vec3>> = {
  "right-anterior-superior": [-1, -1, 1],
  ras: [-1, -1, 1],
  "left-anterior-superior": [1, -1, 1],
  las: [1, -1, 1],
  "left-posterior-superior": [1, 1, 1],
  lps: [1, 1, 1],
};

/** Axes, directions and origin in LPS mm. Axes of size 1 beyond three, or without direction, are dropped. */
export function nrrdGrid(header: NrrdHeader, name: string): NrrdGrid {
  const dimension = numbersOf(nrrdField(header, "dimension", name), 1, "dimension", name)[0]!;
  if (!(Number.isInteger(dimension) && dimension >= 1 && dimension <= 16)) {
    throw badInput({ what: `Dimension of ${name}`, got: String(dimension), expected: "1 to 16" });
  }
  const sizes = numbersOf(nrrdField(header, "sizes", name), dimension, "sizes", name);
  const directions = spaceDirections(header, dimension, name);
  const kept = keptAxes(sizes, directions);
  const size = threeSizes(
    kept.map((axis) => sizes[axis]!),
    name,
  );
  const warnings: FormatWarning[] = [];
  const signs = spaceSigns(header, name, warnings);
  if (!directions) {
    const spacings = plainSpacings(header, dimension, name);
    const [x, y, z] = [0, 1, 2].map((n) => spacings?.[kept[n] ?? -1] ?? 1) as [number, number, number];
    warnings.push({
      code: "no-orientation",
      message: `The header gives no directions; axes are taken as Left, Posterior, Superior with ${
        spacings ? "the spacing given" : "1 mm spacing"
      } and the first voxel as the origin.`,
    });
    const worldFromVoxel = fromLinearTranslation([x, 0, 0, 0, y, 0, 0, 0, z], [0, 0, 0]);
    return {
      size,
      worldFromVoxel,
      warnings,
      spacingKnown: spacings !== undefined,
      ...(spacings && { source: "spacings" }),
    };
  }
  const axes = completedAxes(kept.map((axis) => directions[axis]!));
  const origin = spaceOrigin(header, name);
  const linear = [0, 1, 2].flatMap((row) => axes.map((axis) => signs[row]! * axis[row]!));
  const worldFromVoxel = fromLinearTranslation(linear, [
    signs[0] * origin[0],
    signs[1] * origin[1],
    signs[2] * origin[2],
  ]);
  if (worldFromVoxel.every(Number.isFinite) && isSheared({ worldFromVoxel })) {
    warnings.push({
      code: "sheared-grid",
      message: "The voxel axes are not at right angles; the image is used on its sheared grid as it is.",
    });
  }
  const space = header.fields.get("space");
  const source = `space directions, space origin${space === undefined ? "" : `, space ${space}`}`;
  return { size, worldFromVoxel, warnings, spacingKnown: true, source };
}

/** One vector per axis, undefined for `none`; undefined altogether without the field. */
function spaceDirections(
  header: NrrdHeader,
  dimension: number,
  name: string,
): (Vec3 | undefined)[] | undefined {
  const text = header.fields.get("space directions");
  if (text === undefined) return undefined;
  const parts = text.match(/none|\([^()]*\)/gi) ?? [];
  if (parts.length !== dimension) {
    throw badInput({
      what: `Field "space directions" of ${name}`,
      got: JSON.stringify(text.slice(0, 120)),
      expected: `${dimension} vectors or "none"`,
    });
  }
  return parts.map((part) => (/none/i.test(part) ? undefined : worldVector(part, "space directions", name)));
}

/** A vector of the world; two components lie in its first plane. */
function worldVector(text: string, field: string, name: string): Vec3 {
  const components = text.split(",").length;
  const [x = 0, y = 0, z = 0] = numbersOf(text, components === 2 ? 2 : 3, field, name);
  return [x, y, z];
}

function spaceOrigin(header: NrrdHeader, name: string): Vec3 {
  const text = header.fields.get("space origin");
  return text === undefined ? [0, 0, 0] : worldVector(text, "space origin", name);
}

function keptAxes(sizes: readonly number[], directions: readonly (Vec3 | undefined)[] | undefined): number[] {
  const all = sizes.map((_, axis) => axis);
  if (directions) return all.filter((axis) => directions[axis] !== undefined || sizes[axis] !== 1);
  return sizes.length > 3 ? all.filter((axis) => sizes[axis] !== 1 || axis < 3) : all;
}

/** Three axes: a missing one stands at right angles to the others with 1 mm; one without direction is an error later. */
function completedAxes(given: readonly (Vec3 | undefined)[]): [Vec3, Vec3, Vec3] {
  const nowhere: Vec3 = [Number.NaN, Number.NaN, Number.NaN];
  const [a = nowhere, b, c] = given;
  const second = given.length > 1 ? (b ?? nowhere) : perpendicular(a);
  const third = given.length > 2 ? (c ?? nowhere) : normalise(cross(a, second));
  return [a, second, third];
}

function perpendicular(a: Vec3): Vec3 {
  const other: Vec3 = Math.abs(a[0]) < 0.9 * norm(a) ? [1, 0, 0] : [0, 1, 0];
  const side = cross(a, other);
  return scale(side, 1 / norm(side));
}

function plainSpacings(
  header: NrrdHeader,
  dimension: number,
  name: string,
): (number | undefined)[] | undefined {
  const text = header.fields.get("spacings");
  if (text === undefined) return undefined;
  const parts = text.split(/\s+/);
  if (parts.length !== dimension) numbersOf(text, dimension, "spacings", name);
  return parts.map((part) => {
    const value = Math.abs(Number(part));
    if (/^nan$/i.test(part) && dimension > 3) return undefined;
    if (!(Number.isFinite(value) && value > 0)) {
      throw badInput({ what: `Voxel spacing of ${name}`, got: text, expected: "finite lengths above 0 mm" });
    }
    return value;
  });
}

function spaceSigns(header: NrrdHeader, name: string, warnings: FormatWarning[]): Vec3 {
  const space = header.fields.get("space")?.toLowerCase();
  const signs = space === undefined ? undefined : spaces[space];
  if (signs) return signs;
  if (space?.endsWith("-time") || /^(ras|las|lps)t$/.test(space ?? "")) {
    throw badInput({
      what: `Space of ${name}`,
      got: JSON.stringify(space),
      expected: "one volume without time",
    });
  }
  if (header.fields.has("space directions")) {
    warnings.push({
      code: "unknown-space",
      message: `The space ${space === undefined ? "is not named" : `"${space}"`}; coordinates are taken as LPS.`,
    });
  }
  return [1, 1, 1];
}
