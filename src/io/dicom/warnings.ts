import type { FormatWarning } from "../file.ts";

/** Collects warnings; the same code from many files becomes one warning with a count. */
export interface WarningList {
  add(code: string, message: string): void;
  addAll(warnings: readonly FormatWarning[]): void;
  list(): FormatWarning[];
}

export function createWarnings(): WarningList {
  const found = new Map<string, { message: string; count: number }>();
  const add = (code: string, message: string): void => {
    const known = found.get(code);
    if (known) known.count++;
    else found.set(code, { message, count: 1 });
  };
  return {
    add,
    addAll: (warnings) => warnings.forEach(({ code, message }) => add(code, message)),
    list: () =>
      [...found].map(([code, { message, count }]) => ({
        code,
        message: count === 1 ? message : `${message} (and ${count - 1} more like this)`,
      })),
  };
}
