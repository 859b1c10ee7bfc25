/** Why a store can be read but not written. */
export type ReadOnlyProblem =
  /** The file exists and is not a sound database of ours: damaged, truncated, empty, another program's, or not readable. */
  | 'unreadable'
  /** A newer version of the extension wrote it. */
  | 'newer'
  /** Another SQLite program has it open for writing, or crashed while it had: its journal lies beside the file. */
  | 'inUse'
  /** The file is a symbolic link; replacing it would write outside the folder, or cut the link. */
  | 'link';

/** The process that holds the lock, as its token tells. `machine` is a host name, not an address. */
export interface Holder {
  pid: number;
  machine: string;
}

/** What went wrong, as data: sentences are for the UI to write. */
export type StoreFault =
  | { code: 'readOnly'; problem: ReadOnlyProblem; detail: string; file: string }
  /** The lock could not be had within the bound. Nothing was written. */
  | { code: 'busy'; waitedMs: number; file: string; holder?: Holder }
  /**
   * A call of the file system failed. `saved: 'no'` means that the old state stands; `'unknown'` that the new state is visible
   * but may not survive a power cut.
   */
  | { code: 'diskFull' | 'noPermission' | 'io'; call: string; errno: string; file: string; saved: 'no' | 'unknown' }
  /** A text that SQLite could not give back as it was (a lone surrogate), or one that is too long. */
  | { code: 'invalidValue'; field: string; reason: 'empty' | 'notText' | 'notUnicode' | 'tooLong' }
  /** SQLite itself (the WebAssembly module) could not be loaded, or refused a statement. */
  | { code: 'engine'; detail: string }
  | { code: 'disposed' };

export type StoreErrorCode = StoreFault['code'];

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fault: StoreFault;

  constructor(fault: StoreFault, cause?: unknown) {
    super(`${fault.code} ${JSON.stringify(fault)}`, { cause });
    this.fault = fault;
  }

  get code(): StoreErrorCode {
    return this.fault.code;
  }
}

/** The `code` of a Node file system error, such as ENOENT; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

const codes: Record<string, 'diskFull' | 'noPermission'> = {
  ENOSPC: 'diskFull',
  EDQUOT: 'diskFull',
  EFBIG: 'diskFull',
  EACCES: 'noPermission',
  EPERM: 'noPermission',
  EROFS: 'noPermission',
};

/** Wraps what a file system call threw. A StoreError passes as it is. */
export function fileError(error: unknown, call: string, file: string, saved: 'no' | 'unknown' = 'no'): StoreError {
  if (error instanceof StoreError) return error;
  const errno = errnoOf(error) ?? 'UNKNOWN';
  return new StoreError({ code: codes[errno] ?? 'io', call, errno, file, saved }, error);
}

export function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
