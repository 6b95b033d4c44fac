import { badInput } from "../errors.ts";
import type { FileBytes } from "./file.ts";

/** Opens the first companion file that exists among `names`; an error names what was looked for. */
export async function openSibling(
  file: FileBytes,
  names: readonly string[],
  holds: string,
): Promise<FileBytes> {
  let cause: unknown;
  if (file.sibling) {
    for (const name of names) {
      try {
        return { name, bytes: await file.sibling(name), sibling: file.sibling };
      } catch (error) {
        cause = error;
      }
    }
  }
  throw badInput({
    what: `Companion file of ${file.name}`,
    got: file.sibling ? "no such file" : "no access to other files",
    expected: `${names.join(" or ")} beside it, which holds the ${holds}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
