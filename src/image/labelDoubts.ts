import { recogniseLabelScheme } from "./labelScheme.ts";
import { type LabelScheme, countLabels, labelName, parseLabels } from "./labels.ts";
import type { Volume } from "./volume.ts";

/** As their authors write them. */
export const schemeNames: Readonly<Record<LabelScheme, string>> = {
  totalsegmentator: "TotalSegmentator",
  "totalsegmentator-1": "TotalSegmentator 1",
  verse: "VerSe",
};

/**
 * Sentences about a choice of labels that may not be what was meant: names in a map whose numbering is not recognised,
 * numbers of no vertebra, labels that are not in the map.
 */
export function labelDoubts(labelMap: Volume, text: string): string[] {
  const recognised = recogniseLabelScheme(labelMap);
  const scheme = recognised ?? "totalsegmentator";
  const wanted = parseLabels(text, scheme);
  const doubts: string[] = [];
  if (!recognised && /[a-z]/i.test(text)) {
    doubts.push(
      "The map's numbering is not recognised; names are taken as TotalSegmentator's (27 = L5 to 31 = L1)",
    );
  }
  const present = countLabels(labelMap);
  const odd = wanted.filter((label) => present.has(label) && labelName(label, scheme) === String(label));
  if (recognised && odd.length > 0) {
    const are = odd.length === 1 ? "is no vertebra" : "are no vertebrae";
    doubts.push(`${odd.join(", ")} ${are} in the map's numbering, which is ${schemeNames[scheme]}'s`);
  }
  const absent = wanted.filter((label) => !present.has(label));
  if (absent.length > 0 && absent.length < wanted.length) {
    const named = absent.map((label) => withName(label, scheme));
    doubts.push(`Not in the label map: ${named.join(", ")}`);
  }
  return doubts;
}

function withName(label: number, scheme: LabelScheme): string {
  const name = labelName(label, scheme);
  return name === String(label) ? name : `${label} (${name})`;
}
