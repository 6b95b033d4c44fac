import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importedSource, librarySources, root } from "./sourceFiles.ts";

/** The rank of every room of src/; a room imports itself and rooms of a lower rank. */
const ranks: Record<string, number> = {
  ground: 0,
  image: 1,
  optimisers: 1,
  tensor: 1,
  io: 2,
  projector: 2,
  similarity: 2,
  phantoms: 2,
  networks: 3,
  registration: 4,
  training: 4,
  evaluation: 5,
  "index.ts": 6,
  platform: 7,
  cli: 8,
};

const sources = librarySources();
/** errors, random numbers, geometry and their like count as one room, the ground floor. */
const roomOf = (path: string): string => {
  const first = path.split("/")[0]!;
  const isGround = first === "geometry" || (first.endsWith(".ts") && first !== "index.ts");
  return isGround ? "ground" : first;
};

/** Every import between two sources, as [from, to]. */
const links = sources.flatMap(({ path, imports }) =>
  imports.flatMap((specifier): [string, string][] => {
    const target = importedSource(path, specifier);
    return target === undefined ? [] : [[path, target]];
  }),
);

test("the scanner sees the sources and their imports", () => {
  expect(sources.length).toBeGreaterThan(20);
  expect(links).toContainEqual(["geometry/pose.ts", "geometry/mat4.ts"]);
  expect(links).toContainEqual(["evaluation/poseErrors.ts", "geometry/camera.ts"]);
});

test("every room has a rank", () => {
  expect(sources.map(({ path }) => path).filter((path) => ranks[roomOf(path)] === undefined)).toEqual([]);
});

test("every relative import names a file that exists", () => {
  const paths = new Set(sources.map(({ path }) => path));
  const generated = (path: string): boolean => path.endsWith(".generated.ts");
  expect(links.filter(([, to]) => !paths.has(to) && !generated(to))).toEqual([]);
});

test("imports only go down", () => {
  const upwards = links.filter(([from, to]) => {
    const [a, b] = [roomOf(from), roomOf(to)];
    return a !== b && !(ranks[b]! < ranks[a]!);
  });
  expect(upwards).toEqual([]);
});

test("no import cycles, type imports included", () => {
  const state = new Map<string, "open" | "closed">();
  const targetsOf = new Map(sources.map(({ path }) => [path, links.filter(([from]) => from === path)]));
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "closed") return;
    if (state.get(path) === "open") {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    state.set(path, "open");
    for (const [, to] of targetsOf.get(path) ?? []) visit(to, [...trail, path]);
    state.set(path, "closed");
  };
  for (const { path } of sources) visit(path, []);
  expect(cycles).toEqual([]);
});

describe("platforms stay in their rooms", () => {
  const mayUseNode = (path: string): boolean => path.startsWith("platform/node/") || path.startsWith("cli/");
  const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

  test("node: imports only under platform/node and cli", () => {
    const strangers = sources.filter(
      ({ path, imports }) => !mayUseNode(path) && imports.some((name) => name.startsWith("node:")),
    );
    expect(strangers.map(({ path }) => path)).toEqual([]);
  });

  test("no Node globals outside platform/node and cli, but for asking whether they exist", () => {
    const asked = /typeof process[\w.?]*/g;
    const node = /\b(process\.|Buffer\.|require\(|__dirname|__filename|setImmediate\()/;
    const strangers = sources.filter(
      ({ path, text }) => !mayUseNode(path) && node.test(withoutComments(text).replace(asked, "")),
    );
    expect(strangers.map(({ path }) => path)).toEqual([]);
  });

  test("no browser globals outside platform/browser", () => {
    const browser =
      /\b(document\.(create|query|get|body|head|cookie)|navigator\.|localStorage|sessionStorage|indexedDB|XMLHttpRequest|HTML\w+Element|OffscreenCanvas|requestAnimationFrame|new ImageData|fetch\()/;
    const strangers = sources.filter(
      ({ path, text }) => !path.startsWith("platform/browser/") && browser.test(withoutComments(text)),
    );
    expect(strangers.map(({ path }) => path)).toEqual([]);
  });

  test("the compiler knows no DOM types in src", () => {
    const config = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
      compilerOptions: { lib: string[] };
    };
    expect(config.compilerOptions.lib.filter((name) => /dom/i.test(name))).toEqual([]);
  });

  test("only the command line and platform itself import platform", () => {
    const strangers = links.filter(
      ([from, to]) => to.startsWith("platform/") && !/^(platform|cli)\//.test(from),
    );
    expect(strangers).toEqual([]);
  });
});
