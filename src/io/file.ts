/** The bytes of one file with the name errors and format detection use; nothing here touches a disk. */
export interface FileBytes {
  /** Base name with extension, no directory. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Opens a companion (the .img of a .hdr, the raw of an .mhd) by base name; absent = none can be had. */
  readonly sibling?: (name: string) => Promise<Uint8Array>;
}

/**
 * Something the reader understood in spite of a doubt; shown by `inspect` and kept in results, so never with the name
 * of a file, which may tell who a patient is.
 */
export interface FormatWarning {
  /** Stable identifier, e.g. "sform-qform-disagree". */
  readonly code: string;
  readonly message: string;
}
