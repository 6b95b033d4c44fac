import { type LabelScheme, countLabels } from "./labels.ts";
import type { Volume } from "./volume.ts";

/** Labels whose order tells a scheme: its first and last vertebra, and 1 where numbers rise towards the head. */
interface Numbering {
  readonly scheme: LabelScheme;
  readonly first: number;
  readonly last: number;
  readonly sign: 1 | -1;
  /** Neighbours that have to be in order, twice that more for each pair that is not. */
  readonly pairs: number;
}

/**
 * TotalSegmentator's numbers rise towards the head, VerSe's towards the feet. 18 to 25 are vertebrae in version 1 and
 * organs in version 2, whose centroids now and then lie in order by chance, so more of them have to.
 */
const numberings: readonly Numbering[] = [
  { scheme: "totalsegmentator-1", first: 18, last: 25, sign: 1, pairs: 3 },
  { scheme: "totalsegmentator", first: 26, last: 50, sign: 1, pairs: 1 },
  { scheme: "verse", first: 1, last: 24, sign: -1, pairs: 1 },
];

/** Distance between the centroids of neighbouring vertebrae, mm; half of a cut one shortens it. */
const vertebraStepMm = [8, 60] as const;

/** The scheme whose neighbouring vertebrae lie in order, a vertebra apart, with few exceptions; else undefined. */
export function recogniseLabelScheme(volume: Volume): LabelScheme | undefined {
  const found = countLabels(volume);
  return numberings.find(({ first, last, sign, pairs }) => {
    let [ordered, wrong] = [0, 0];
    for (let label = first; label < last; label++) {
      const [here, next] = [found.get(label), found.get(label + 1)];
      if (!here || !next) continue;
      const stepMm = sign * (next.centroidZMm - here.centroidZMm);
      if (stepMm >= vertebraStepMm[0] && stepMm <= vertebraStepMm[1]) ordered++;
      else wrong++;
    }
    return ordered >= pairs * (1 + 2 * wrong);
  })?.scheme;
}

/** The scheme that is recognised, else `totalsegmentator`. */
export function guessLabelScheme(volume: Volume): LabelScheme {
  return recogniseLabelScheme(volume) ?? "totalsegmentator";
}
