import { badInput } from "../errors.ts";
import { createRadiograph } from "../image/radiograph.ts";
import { voxelSpacingMm } from "../image/volume.ts";
import type { DecodedRadiograph, DecodedVolume, ReadRadiographOptions } from "./decoded.ts";

/**
 * A 3D file with one slice as an X-ray: of the two axes longer than one the faster runs along columns, and the first
 * stored row is v = 0 whatever orientation the file states. Throws `bad-input` for real volumes.
 */
export function radiographFromVolume(
  decoded: DecodedVolume,
  name: string,
  options: ReadRadiographOptions = {},
): DecodedRadiograph {
  const { volume, warnings, format, spacingKnown } = decoded;
  const { size, data } = volume;
  const slice = [2, 1, 0].find((axis) => size[axis] === 1);
  if (slice === undefined) {
    throw badInput({
      what: `X-ray ${name}`,
      got: `a volume of ${size.join(" x ")}`,
      expected: "a single image",
      todo: "Give a CT as the first and an X-ray as the second file",
    });
  }
  const [column, row] = [0, 1, 2].filter((axis) => axis !== slice) as [number, number];
  const spacing = voxelSpacingMm(volume);
  const radiograph = createRadiograph(
    {
      data: data instanceof Float32Array ? data : Float32Array.from(data),
      width: size[column]!,
      height: size[row]!,
      kind: options.kind ?? "unknown",
      ...(spacingKnown && { pixelSpacingMm: [spacing[column]!, spacing[row]!] as const }),
    },
    `X-ray ${name}`,
  );
  const about3d = new Set(["no-orientation", "sheared-grid", "sform-qform-disagree", "no-grid"]);
  return { radiograph, warnings: warnings.filter(({ code }) => !about3d.has(code)), format };
}
