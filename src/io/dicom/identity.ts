import { printable } from "./privacy.ts";
import { type DicomTag, tags } from "./tags.ts";
import { type AttributeReader, textValue } from "./values.ts";

/** What tells who and when; only ever returned when it was asked for (`showPhi`). */
export interface DicomIdentity {
  readonly patientName?: string;
  readonly patientId?: string;
  readonly patientBirthDate?: string;
  readonly studyDate?: string;
  readonly studyInstanceUid?: string;
  readonly seriesInstanceUid?: string;
}

const identifying: Readonly<Record<keyof DicomIdentity, DicomTag>> = {
  patientName: tags.patientName,
  patientId: tags.patientId,
  patientBirthDate: tags.patientBirthDate,
  studyDate: tags.studyDate,
  studyInstanceUid: tags.studyInstanceUid,
  seriesInstanceUid: tags.seriesInstanceUid,
};

/** Names, dates and UIDs of a file; call it only on the user's explicit wish. */
export function readIdentity(reader: AttributeReader): DicomIdentity {
  const found = Object.entries(identifying).flatMap(([name, tag]) => {
    const value = textValue(reader, tag);
    return value === undefined ? [] : [[name, printable(value, 128)] as const];
  });
  return Object.fromEntries(found);
}
