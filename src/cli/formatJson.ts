/** JSON for people and programs: two spaces of indent, but a row of numbers stays on one line. */
export function formatJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  return text.replace(
    /\[\s+(-?[\d.][^[\]{}"]*?)\s+\]/g,
    (_, inside: string) => `[${inside.replace(/\s*\n\s*/g, " ")}]`,
  );
}
