import { badInput } from "../errors.ts";

/** Three sizes, fastest first; further dimensions must be 1, missing ones are 1. Throws for a real fourth one. */
export function threeSizes(dims: readonly number[], name: string): [number, number, number] {
  if (dims.slice(3).some((n) => n !== 1)) {
    throw badInput({
      what: `Size of ${name}`,
      got: `a ${dims.length}-dimensional image of ${dims.join(" x ")}`,
      expected: "one volume of three dimensions",
      todo: "Extract one volume of the series and give that file",
    });
  }
  return [dims[0] ?? 1, dims[1] ?? 1, dims[2] ?? 1];
}
