import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The root of the repository. */
export const root: string = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** One TypeScript source of the library with what it imports. */
export interface SourceFile {
  /** Path from `src/` with forward slashes: "geometry/pose.ts". */
  readonly path: string;
  readonly text: string;
  /** Module specifiers as written, type imports and dynamic imports included. */
  readonly imports: readonly string[];
}

/** Paths of the files below a folder that end in .ts, relative to it, sorted. */
function typeScriptFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
}

/** All sources under src/, tests and test kits left out. */
export function librarySources(): SourceFile[] {
  const folder = join(root, "src");
  return typeScriptFiles(folder)
    .filter((path) => !/\.(test|testkit)\.ts$/.test(path))
    .map((path) => {
      const text = readFileSync(join(folder, path), "utf8");
      const imports = ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
      return { path, text, imports };
    });
}

/** The file of src/ that a relative specifier means; undefined for packages. */
export function importedSource(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}
