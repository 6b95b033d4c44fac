import { availableParallelism, cpus, platform, totalmem } from "node:os";
import type { MachineDescription } from "../../../evaluation/runDescription.ts";

/** The machine this runs on. */
export function describeMachine(): MachineDescription {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${process.arch}`,
    node: process.versions.node,
  };
}
