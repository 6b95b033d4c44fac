import type { SubjectSource } from "../../../evaluation/cases.ts";
import { type Subject, createSubject } from "../../../evaluation/subject.ts";
import { createSpinePhantom } from "../../../phantoms/spinePhantom.ts";
import { readVolumeFile } from "../imageFiles.ts";

/** Loads or builds volumes, keeping the last one. */
export function createSubjectLoader(): (source: SubjectSource) => Promise<Subject> {
  let kept: { readonly name: string; readonly subject: Promise<Subject> } | undefined;
  return (source) => {
    const name = JSON.stringify(source);
    if (kept?.name !== name) kept = { name, subject: load(source) };
    return kept.subject;
  };
}

async function load(source: SubjectSource): Promise<Subject> {
  if (source.kind === "file") {
    const ct = await readVolumeFile(source.path, { what: "CT" });
    const labels = await readVolumeFile(source.labels, { what: "Labels" });
    const key = `${ct.sha256.slice(0, 12)}+${labels.sha256.slice(0, 12)}`;
    return createSubject({ key, ct: { ...ct.volume, quantity: "hu" }, labels: labels.volume });
  }
  const { seed, field, spacingMm, size } = source;
  const { ct, labels } = createSpinePhantom({
    seed,
    ...(field && { field }),
    ...(spacingMm && { spacingMm }),
    ...(size && { size }),
  });
  const shape = `${field ?? "trunk"}-${spacingMm ?? "auto"}mm-${ct.size.join("x")}`;
  return createSubject({ key: `phantom-${seed}-${shape}`, ct, labels });
}
