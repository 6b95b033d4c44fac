import { protocolFromJson } from "../protocol.ts";
import type { Protocol } from "../protocolTypes.ts";
import { captureRange } from "./captureRange.ts";
import { confidence } from "./confidence.ts";
import { figure4, figure5 } from "./figures.ts";
import { lumbarCt } from "./lumbarCt.ts";
import { networks } from "./networks.ts";
import { table1Simulation } from "./table1Simulation.ts";
import { table2Ablation } from "./table2Ablation.ts";
import { table3Xray } from "./table3Xray.ts";

const inputs = [
  ...[table1Simulation, table2Ablation, table3Xray, captureRange, figure4, figure5],
  ...[networks, lumbarCt, confidence],
];

/** Names and titles of the protocols that come with the software. */
export const shippedProtocols: readonly { readonly name: string; readonly title: string }[] = inputs;

/** A shipped protocol by name; undefined for an unknown one. */
export function shippedProtocol(name: string): Protocol | undefined {
  const found = inputs.find((one) => one.name === name);
  return found && protocolFromJson(found, name);
}
