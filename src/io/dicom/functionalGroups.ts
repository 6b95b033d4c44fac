import type { DicomHeader } from "./header.ts";
import { type DicomTag, tags } from "./tags.ts";
import { type AttributeReader, hasValue, numberValues, sequenceItems, textValue } from "./values.ts";

/**
 * Where the attributes of one frame may stand: the data set itself, then the frame's own functional
 * groups, then those shared by all frames (PS3.3 C.7.6.16). Classic files have only the data set.
 */
export type FrameReaders = readonly AttributeReader[];

/** The readers of every frame; one list for all of them where the file has no per-frame groups. */
export function frameReaders(header: DicomHeader, frames: number): FrameReaders[] {
  const shared = sequenceItems(header, tags.sharedGroups).flatMap(macros);
  const perFrame = sequenceItems(header, tags.perFrameGroups);
  return Array.from({ length: frames }, (_, frame) => {
    const own = perFrame[frame] ? macros(perFrame[frame]) : [];
    return [header, ...own, ...shared];
  });
}

/** Whether the file describes its frames one by one. */
export function isEnhanced(header: DicomHeader): boolean {
  return header.set.elements[tags.perFrameGroups.key] !== undefined;
}

/** A functional group item holds one sequence per macro, with one item of interest each, at most two deep. */
function macros(item: AttributeReader, depth = 0): AttributeReader[] {
  return Object.values(item.set.elements).flatMap((element) => {
    const set = element.items?.[0]?.dataSet;
    if (!set) return [];
    const reader = { file: item.file, set };
    return depth === 0 ? [reader, ...macros(reader, 1)] : [reader];
  });
}

export function frameNumbers(readers: FrameReaders, tag: DicomTag): number[] | undefined {
  const reader = readers.find((candidate) => hasValue(candidate, tag));
  return reader && numberValues(reader, tag);
}

export function frameText(readers: FrameReaders, tag: DicomTag): string | undefined {
  const reader = readers.find((candidate) => hasValue(candidate, tag));
  return reader && textValue(reader, tag);
}
