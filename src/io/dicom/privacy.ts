/**
 * What may be shown of a file name: hospital exports put UIDs and dates into names, so runs of
 * digits and dots that look like one are replaced. Length is bounded and control characters dropped.
 */
export function shownFileName(name: string): string {
  const base = name.split(/[\\/]/).pop() ?? "";
  return printable(base, 80)
    .replace(/\d+(?:\.\d+){4,}/g, "[uid]")
    .replace(/(?<!\d)(?:19|20)\d{2}[-_.]?[01]\d[-_.]?[0-3]\d(?!\d)/g, "[date]");
}

/** Text of a technical attribute for messages: printable characters only, at most `length` of them. */
export function printable(text: string, length = 64): string {
  // oxlint-disable-next-line no-control-regex -- dropping control characters is the purpose
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").trim();
  return clean.length > length ? `${clean.slice(0, length)}...` : clean;
}
