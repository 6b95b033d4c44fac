import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { loadImage } from "../inputs.ts";
import { inspectVolume, inspectXray, volumeLines, xrayLines } from "../inspection.ts";
import { alignedLines } from "../resultSummary.ts";

async function runInspect(
  paths: readonly string[],
  flags: { json?: boolean },
  context: CommandContext,
): Promise<void> {
  const texts: string[] = [];
  const objects: object[] = [];
  for (const path of paths) {
    const image = await loadImage(path);
    const { format, warnings, sha256 } = image;
    const understood =
      "volume" in image ? inspectVolume(image.volume, image.spacingKnown) : inspectXray(image.radiograph);
    const lines =
      "volume" in image ? volumeLines(image.volume, image.spacingKnown) : xrayLines(image.radiograph);
    objects.push({ file: path, format, ...understood, sha256, warnings });
    const noted = warnings.map((text): [string, string] => ["warning", text]);
    texts.push(
      `${path}\n${alignedLines([["format", format], ["kind", understood.kind], ...lines, ...noted])}`,
    );
  }
  context.output.result(flags.json ? formatJson({ files: objects }).trimEnd() : texts.join("\n\n"));
}

/** `sopi inspect`: what the program understands of a file. */
export function addInspectCommand(program: Command, context: CommandContext): void {
  program
    .command("inspect")
    .description("Say what was understood of images: axes, spacing, values, warnings.")
    .argument("<file...>", "volumes, label maps or X-rays")
    .option("--json", "print one JSON object on stdout")
    .action((paths: string[], flags: { json?: boolean }) => runInspect(paths, flags, context));
}
