import { type Command, InvalidArgumentError, Option } from "commander";
import type { DicomRadiographOptions, DicomVolumeOptions, FrameChoice } from "../io/dicom/index.ts";
import { integerOption } from "./optionParsers.ts";

/** Flags for CTs that come as DICOM. */
export interface DicomVolumeFlags {
  readonly series?: number;
  readonly gaps?: "refuse" | "interpolate";
}

/** Flags for X-rays that come as DICOM. */
export interface DicomXrayFlags {
  readonly frame?: FrameChoice;
  readonly mirror?: "auto" | "never" | "always";
}

/** Adds --series and --gaps. */
export function addDicomVolumeOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--series <n>", "which DICOM series of several, as numbered in the list").argParser(
        integerOption({ min: 1 }),
      ),
    )
    .addOption(
      new Option("--gaps <what>", "missing or uneven DICOM slices").choices(["refuse", "interpolate"]),
    );
}

/** Adds --frame and --mirror. */
export function addDicomXrayOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--frame <n|a-b>", "frame of a DICOM sequence, or the mean of a range").argParser(
        frameOption,
      ),
    )
    .addOption(
      new Option("--mirror <when>", "turn the columns of DICOM pictures seen from the detector").choices([
        "auto",
        "never",
        "always",
      ]),
    );
}

/** Parses "7" or "3-12". */
export function frameOption(text: string): FrameChoice {
  const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text.trim());
  if (!match) throw new InvalidArgumentError("Expected a frame number, or a range such as 3-12.");
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first === last ? first : { first, last };
}

export function dicomVolumeOptions(flags: DicomVolumeFlags): DicomVolumeOptions {
  return {
    ...(flags.series !== undefined && { series: flags.series }),
    ...(flags.gaps && { gaps: flags.gaps }),
  };
}

export function dicomXrayOptions(flags: DicomXrayFlags): DicomRadiographOptions {
  return {
    ...(flags.frame !== undefined && { frame: flags.frame }),
    ...(flags.mirror && { mirror: flags.mirror }),
  };
}
