/** One thing understood from a file, with the attribute it came from, as `inspect` prints it. */
export interface SourcedFact {
  readonly name: string;
  readonly value: number | string | readonly number[];
  /** "mm", "deg", "px"; absent for plain numbers and words. */
  readonly unit?: string;
  /** "DistanceSourceToDetector (0018,1110)", or how it was derived from such. */
  readonly source: string;
}
