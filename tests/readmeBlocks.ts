import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./sourceFiles.ts";

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
}

/** Fenced blocks of a file in the root of the repository, in order. */
export function codeBlocks(file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  readFileSync(join(root, file), "utf8")
    .split("\n")
    .forEach((text, index) => {
      const fence = /^```(\S*)/.exec(text);
      if (!fence) open?.lines.push(text);
      else if (open) {
        blocks.push({ language: open.language, line: open.line, code: open.lines.join("\n") });
        open = undefined;
      } else open = { language: fence[1] ?? "", line: index + 1, lines: [] };
    });
  return blocks;
}
