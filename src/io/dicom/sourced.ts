/** A value with the attribute it came from, or how it was derived from attributes. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}
