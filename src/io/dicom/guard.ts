import { SopiError, badInput } from "../../errors.ts";

/**
 * Makes a reader total: whatever a file provokes ends in a SopiError. Texts of foreign errors may
 * quote a file's contents, so they are kept as the cause and not shown.
 */
export async function readTotally<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof SopiError) throw cause;
    const memory = cause instanceof RangeError && /allocation|array length|buffer/i.test(cause.message);
    throw badInput({
      what,
      got: memory ? "an image that does not fit into memory" : "a file that cannot be understood",
      todo: "The file may be damaged: copy or export it again",
      cause,
    });
  }
}
