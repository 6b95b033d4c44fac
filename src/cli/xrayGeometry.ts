import { type Command, Option } from "commander";
import { usageError } from "../errors.ts";
import { type View, views } from "../geometry/carm.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import { type GeometryOverrides, completeGeometry } from "../io/dicom/completeGeometry.ts";
import { type LoadedXray, loadGeometry } from "./inputs.ts";
import { numberListOption, numberOption } from "./optionParsers.ts";

/** Flags that say where source and detector stood. */
export interface XrayGeometryFlags {
  readonly geometry?: string;
  readonly sdd?: number;
  readonly sid?: number;
  readonly pixelSpacing?: readonly number[];
  readonly view?: View;
}

/** Adds --geometry, and the single numbers that complete what a DICOM X-ray says. */
export function addXrayGeometryOptions(command: Command): Command {
  const length = numberOption({ min: 1e-3, max: 1e5 });
  return command
    .option("--geometry <file>", "geometry.json of the X-ray, or the name of a preset (default: from DICOM)")
    .addOption(new Option("--sdd <mm>", "source-to-detector distance, for DICOM").argParser(length))
    .addOption(new Option("--sid <mm>", "source-to-isocentre distance, for DICOM").argParser(length))
    .addOption(
      new Option("--pixel-spacing <du,dv>", "pixel pitch at the detector in mm, for DICOM").argParser(
        numberListOption(2),
      ),
    )
    .addOption(new Option("--view <name>", "reference view, for DICOM").choices(views));
}

/** The numbers of single flags. */
export function overridesOf({ sdd, sid, pixelSpacing, view }: XrayGeometryFlags): GeometryOverrides {
  const [du = Number.NaN, dv = Number.NaN] = pixelSpacing ?? [];
  return {
    ...(sdd !== undefined && { sourceToDetectorMm: sdd }),
    ...(sid !== undefined && { sourceToIsocentreMm: sid }),
    ...(pixelSpacing && { pixelSpacingMm: [du, dv] as const }),
    ...(view && { view }),
  };
}

/** The geometry of an X-ray: a file or preset where given, else what DICOM says, completed by single flags. */
export async function xrayGeometry(
  flags: XrayGeometryFlags,
  xray: LoadedXray,
  path: string,
): Promise<ImagingGeometry> {
  const overrides = overridesOf(flags);
  const single = Object.keys(overrides).length > 0;
  if (single && (flags.geometry !== undefined || !xray.dicom)) {
    throw usageError({
      what: "--sdd, --sid, --pixel-spacing and --view",
      got: flags.geometry === undefined ? "an X-ray that is not DICOM" : "--geometry as well",
      expected: "a DICOM X-ray without --geometry",
      todo: "Write all of the geometry into a geometry.json and give that",
    });
  }
  if (flags.geometry === undefined && xray.dicom) return completeGeometry(xray.dicom.geometry, overrides);
  return loadGeometry(flags.geometry, path);
}
