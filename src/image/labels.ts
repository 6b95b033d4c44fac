import { badInput } from "../errors.ts";
import { transformPoint } from "../geometry/mat4.ts";
import type { Volume } from "./volume.ts";

/** Whose numbers a label map uses. */
export type LabelScheme = "totalsegmentator" | "totalsegmentator-1" | "verse";

/** Vertebral levels from head to tail. */
export const levels: readonly string[] = [
  ...numbered("C", 7),
  ...numbered("T", 13),
  ...numbered("L", 6),
  "S1",
  "sacrum",
  "coccyx",
];

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
}

function counted(names: readonly string[], first: number, step: number): [string, number][] {
  return names.map((name, i) => [name, first + step * i]);
}

/**
 * Label number of every level. TotalSegmentator (task `total`, version 2): 25 sacrum, 26 S1, 27 L5 .. 31 L1,
 * 32 T12 .. 43 T1, 44 C7 .. 50 C1; version 1: 18 L5 .. 22 L1, 23 T12 .. 34 T1, 35 C7 .. 41 C1. VerSe (MICCAI 2019/2020): 1 C1 .. 7 C7, 8 T1 .. 19 T12, 20 L1 .. 24 L5, 25 L6,
 * 26 sacrum (S1), 27 coccyx, 28 T13.
 */
export const labelTables: Readonly<Record<LabelScheme, ReadonlyMap<string, number>>> = {
  totalsegmentator: new Map<string, number>([
    ...counted(numbered("C", 7), 50, -1),
    ...counted(numbered("T", 12), 43, -1),
    ...counted(numbered("L", 5), 31, -1),
    ["S1", 26],
    ["sacrum", 25],
  ]),
  "totalsegmentator-1": new Map<string, number>([
    ...counted(numbered("C", 7), 41, -1),
    ...counted(numbered("T", 12), 34, -1),
    ...counted(numbered("L", 5), 22, -1),
  ]),
  verse: new Map<string, number>([
    ...counted(numbered("C", 7), 1, 1),
    ...counted(numbered("T", 12), 8, 1),
    ...counted(numbered("L", 6), 20, 1),
    ["S1", 26],
    ["sacrum", 26],
    ["coccyx", 27],
    ["T13", 28],
  ]),
};

const groups: Readonly<Record<string, (level: string) => boolean>> = {
  cervical: (level) => /^C\d/.test(level),
  thoracic: (level) => /^T\d/.test(level),
  lumbar: (level) => /^L\d/.test(level),
  sacral: (level) => level === "S1" || level === "sacrum",
  spine: (level) => level !== "coccyx",
};

/** Name of a label number ("L3"), or the number as text where the scheme has no vertebra for it. */
export function labelName(label: number, scheme: LabelScheme = "totalsegmentator"): string {
  for (const [name, number] of labelTables[scheme]) if (number === label) return name;
  return String(label);
}

/**
 * Label numbers from text: numbers, ranges, levels and groups, separated by commas or blanks: `27-31`, `lumbar`,
 * `T12-L5`, `L3,L4`, `26, 27-31`. Sorted, each once. Throws `bad-input` naming what is not understood.
 */
export function parseLabels(text: string, scheme: LabelScheme = "totalsegmentator"): number[] {
  const tokens = text.split(/[\s,;]+/).filter((token) => token !== "");
  if (tokens.length === 0) {
    throw badInput({ what: "Labels", got: "nothing", expected: "for example 27-31, lumbar, or T12-L5" });
  }
  const labels = new Set(tokens.flatMap((token) => parseToken(token, scheme)));
  return [...labels].sort((a, b) => a - b);
}

function parseToken(token: string, scheme: LabelScheme): number[] {
  const table = labelTables[scheme];
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(token);
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (from > to || from === 0) throw notUnderstood(token, scheme);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  }
  const group = groups[token.toLowerCase()];
  if (group) return [...table].filter(([name]) => group(name)).map(([, label]) => label);
  const ends = token.split("-").map((name) => levelOf(name, table));
  const [first, last] = ends.length === 1 ? [ends[0], ends[0]] : ends;
  if (ends.length > 2 || first === undefined || last === undefined) throw notUnderstood(token, scheme);
  const [low, high] = [levels.indexOf(first), levels.indexOf(last)];
  const named = levels.slice(Math.min(low, high), Math.max(low, high) + 1);
  return named.flatMap((name) => table.get(name) ?? []);
}

/** "l3", "vertebrae_L3" and "L3" are one level. */
function levelOf(name: string, table: ReadonlyMap<string, number>): string | undefined {
  const bare = name.toLowerCase().replace(/^vertebrae?_/, "");
  return [...table.keys()].find((level) => level.toLowerCase() === bare);
}

function notUnderstood(token: string, scheme: LabelScheme): Error {
  return badInput({
    what: "Labels",
    got: JSON.stringify(token),
    expected: `numbers and ranges (27-31), levels (L3, T12-L5) or ${Object.keys(groups).join(", ")}`,
    todo: `Names follow the ${scheme} numbering`,
  });
}

/** Every non-zero label of a map with its number of voxels and the world z (mm) of its centroid. */
export function countLabels(volume: Volume): Map<number, { voxels: number; centroidZMm: number }> {
  const sums = new Map<number, [count: number, i: number, j: number, k: number]>();
  const [nx, ny, nz] = volume.size;
  let p = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, p++) {
        const label = volume.data[p]!;
        if (label === 0 || Number.isNaN(label)) continue;
        const sum = sums.get(label);
        if (!sum) sums.set(label, [1, i, j, k]);
        else {
          sum[0]++;
          sum[1] += i;
          sum[2] += j;
          sum[3] += k;
        }
      }
    }
  }
  const found = [...sums].sort(([a], [b]) => a - b);
  return new Map(
    found.map(([label, [n, i, j, k]]) => {
      const z = transformPoint(volume.worldFromVoxel, [i / n, j / n, k / n])[2];
      return [label, { voxels: n, centroidZMm: z }];
    }),
  );
}
