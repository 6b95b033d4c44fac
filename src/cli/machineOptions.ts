import { type Command, Option } from "commander";
import { createNodeProjector } from "../platform/node/projector.ts";
import type { Projector } from "../projector/projector.ts";
import { integerOption } from "./optionParsers.ts";

/** Flags that choose where DRRs are rendered. */
export interface MachineFlags {
  readonly threads?: number;
  readonly backend?: string;
}

/** Adds --threads and --backend. */
export function addMachineOptions(command: Command): Command {
  return command
    .optionsGroup("Machine:")
    .addOption(
      new Option("--threads <n>", "worker threads (default: one per core)").argParser(
        integerOption({ min: 1, max: 256 }),
      ),
    )
    .addOption(
      new Option("--backend <name>", "how DRRs are rendered (default: the fastest)").choices([
        "wasm",
        "reference",
      ]),
    );
}

/** The projector that was asked for. */
export function openProjector(flags: MachineFlags): Promise<Projector> {
  return createNodeProjector({
    ...(flags.threads !== undefined && { threads: flags.threads }),
    ...(flags.backend !== undefined && { backend: flags.backend }),
  });
}
