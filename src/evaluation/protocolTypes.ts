import type { View } from "../geometry/carm.ts";
import type { NetworkName } from "../networks/networks.ts";
import type { XrayPreset } from "../phantoms/xray/xrayPhysics.ts";
import type { Initialiser } from "../registration/method.ts";
import type { SearchRange } from "../registration/searchRange.ts";

/** Half widths (uniform) or standard deviations (normal): degrees for all angles, mm across and along the beam. */
export interface PoseSpread {
  readonly distribution: "uniform" | "normal";
  readonly rotationDeg: number;
  readonly inPlaneMm: number;
  readonly depthMm: number;
}

/** Directions as in `uniform`, scaled until the initial mTRE lies in bin (case number modulo number of bins). */
export interface BinnedOffset extends Omit<PoseSpread, "distribution"> {
  readonly distribution: "mtre-bins";
  /** Rising edges of the bins in mm. */
  readonly edgesMm: readonly number[];
}

/** Start minus truth, on each of the six parameters; `centre` gives the method no start pose at all. */
export type StartOffset = PoseSpread | BinnedOffset | { readonly distribution: "centre" };

/** A CT with its label map (paths relative to the working directory), or `count` phantoms in a row of seeds. */
export type ProtocolVolume =
  | { readonly kind: "file"; readonly path: string; readonly labels: string }
  | {
      readonly kind: "phantom";
      readonly firstSeed: number;
      readonly count: number;
      readonly field?: "trunk" | "lumbar";
      readonly spacingMm?: number;
      readonly size?: readonly [number, number, number];
    };

/** One condition of an experiment: a row of its table. */
export interface ProtocolRow {
  readonly name: string;
  readonly volumes: readonly ProtocolVolume[];
  readonly views: readonly View[];
  readonly truth: PoseSpread;
  readonly offset: StartOffset;
  /** A preset, or `base` with groups of `XrayPhysics` replaced or completed. Default "default". */
  readonly physics?: XrayPreset | { readonly base: XrayPreset; readonly [group: string]: unknown };
  /** Labels that are compared ("27-31"); absent = the whole volume. */
  readonly mask?: string;
}

/** A method under test with its options. */
export interface ProtocolMethod {
  readonly name: string;
  /** Distinguishes configurations of one method. Default: its name. */
  readonly label?: string;
  readonly range?: SearchRange | "auto";
  /** Weight files instead of the shipped ones, by network; paths are relative to the working directory. */
  readonly networks?: Readonly<Partial<Record<NetworkName, string>>>;
  /** What `sopi` refines: the initialiser's answer, or the start pose as if there were no initialiser. */
  readonly initialiser?: Initialiser;
  /** Which parts of the paper's Table 2 it has; a method with this stands in our row of that table. */
  readonly parts?: AblationParts;
}

/** Columns of the paper's Table 2. */
export interface AblationParts {
  readonly rtpi: boolean;
  readonly compositeEncoder: boolean;
  readonly embeddedLoss: boolean;
}

/**
 * An experiment as data: which volumes, poses, X-rays and methods, and how many of each. The same protocol and
 * seed give the same cases on every machine.
 */
export interface Protocol {
  readonly schema: "sopi-protocol/1";
  readonly name: string;
  readonly title: string;
  /** What it is for and how to read it; printed above its tables. */
  readonly about?: string;
  readonly seed: number;
  /** Cases per row, in full and with --quick. */
  readonly cases: number;
  readonly quickCases: number;
  /** Names of the rows of --quick; absent = all. */
  readonly quickRows?: readonly string[];
  /** Labels of the methods of --quick; absent = all. */
  readonly quickMethods?: readonly string[];
  /** A geometry.json; the view comes from the case. */
  readonly geometry: unknown;
  /** Labels whose centroid lies on the isocentre at zero pose. */
  readonly targetLevel: string;
  /** Errors are measured at every `stride`-th (default 7) voxel of these labels. */
  readonly targets: { readonly labels: string; readonly stride?: number };
  readonly methods: readonly ProtocolMethod[];
  readonly rows: readonly ProtocolRow[];
}
