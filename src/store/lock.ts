import { join } from 'node:path';
import { errnoOf, fileError, StoreError } from './errors';
import type { Files } from './files';
import { formatToken, isProcessAlive, parseToken, type Identity } from './token';

/** A lock that nobody released is broken once a waiter has seen it unchanged for this long. */
export const STALE_MS = 10_000;
/** No call waits longer than this for the lock. It must exceed STALE_MS, or a stale lock would never be broken. */
export const LOCK_TIMEOUT_MS = 15_000;
const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 25;

export interface LockOptions {
  folder: string;
  /** The name of the lock's folder inside `folder`. */
  name: string;
  files: Files;
  identity: Identity;
  staleMs: number;
  /** A clock that never jumps. Milliseconds. */
  monotonic: () => number;
  log: (message: string) => void;
}

/**
 * `workspace` is a folder inside the lock, for the file that is to be renamed into place. Whoever breaks the lock removes it, so
 * that a rename out of it succeeds only while the lock is held.
 */
export interface HeldLock {
  workspace: string;
  isHeld(): boolean;
  /** Never throws: what it cannot remove, the next acquisition does. */
  release(): void;
}

type Occupant = { kind: 'none' } | { kind: 'empty' } | { kind: 'held'; token: string };

/** What a rename onto a taken name says: on POSIX, the first two; on Windows, any of the others. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES', 'EBUSY']);

/**
 * A lock between processes: a folder that holds one folder, named by a token. docs/store.md tells the protocol and why a holder
 * that lost its lock cannot do harm.
 */
export class FolderLock {
  readonly #options: LockOptions;
  readonly #path: string;
  #count = 0;
  #swept = false;
  /** The token that was there at the last look, and since when. Tokens are never used again, so this may outlive a call. */
  #watched: { token: string; since: number } | undefined;

  constructor(options: LockOptions) {
    this.#options = options;
    this.#path = join(options.folder, options.name);
  }

  /**
   * Waits for the lock until `deadline` (on the monotonic clock), with at least one attempt. Creates the folder where it is
   * missing. Throws StoreError `busy`, `noPermission`, `diskFull` or `io`. One call at a time.
   */
  async acquire(deadline: number): Promise<HeldLock> {
    const { monotonic } = this.#options;
    const started = monotonic();
    const token = formatToken(this.#options.identity, (this.#count += 1));
    const stage = `${this.#path}.${token}`;
    try {
      for (;;) {
        const refused = this.#tryTake(stage, token);
        if (refused === undefined) {
          this.#watched = undefined;
          if (!this.#swept) this.#sweep();
          return this.#held(token);
        }
        const occupant = this.#occupant();
        const broke = this.#breakIfAbandoned(occupant);
        if (monotonic() >= deadline) {
          // With nobody in the way, it is the folder that does not let us.
          throw occupant.kind === 'none' ? refused : this.busy(monotonic() - started);
        }
        if (!broke) await pause();
      }
    } catch (error) {
      this.#remove(stage, [token]);
      throw fileError(error, 'lock', this.#path);
    }
  }

  /** The lock if it is free at this moment. Never throws. */
  tryAcquire(): HeldLock | undefined {
    const token = formatToken(this.#options.identity, (this.#count += 1));
    const stage = `${this.#path}.${token}`;
    try {
      if (this.#tryTake(stage, token) === undefined) return this.#held(token);
    } catch {
      // Whatever stands in the way, somebody else's turn is not waited for.
    }
    this.#remove(stage, [token]);
    return undefined;
  }

  /**
   * Builds the token's folder beside the lock and renames it into place: the lock is never there without its token. Returns what
   * stood in the way, undefined where the lock is ours.
   */
  #tryTake(stage: string, token: string): Error | undefined {
    const { files, folder } = this.#options;
    try {
      this.#ensure(folder, () => {
        files.mkdir(stage);
      });
      files.mkdir(join(stage, token));
    } catch (error) {
      // The stage of an earlier attempt is as good; one that vanished half-way is built anew by the next.
      if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ENOENT') throw error;
    }
    try {
      files.rename(stage, this.#path);
      return undefined;
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (errno !== 'ENOENT' && !TAKEN.has(errno)) throw error;
      return fileError(error, 'rename', this.#path);
    }
  }

  #ensure(folder: string, create: () => void): void {
    try {
      create();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      this.#options.files.mkdirs(folder);
      create();
    }
  }

  #occupant(): Occupant {
    const { files } = this.#options;
    try {
      // A link is not followed: what it points to is not ours to clear.
      if (files.lstat(this.#path).kind !== 'directory') {
        throw new StoreError({ code: 'io', call: 'lock', errno: 'ENOTDIR', file: this.#path, saved: 'no' });
      }
      const [token] = files.readdir(this.#path);
      return token === undefined ? { kind: 'empty' } : { kind: 'held', token };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return { kind: 'none' };
      throw error;
    }
  }

  /** True where the way may be free now. */
  #breakIfAbandoned(occupant: Occupant): boolean {
    const { files, staleMs, monotonic, log } = this.#options;
    if (occupant.kind === 'none') return false;
    if (occupant.kind === 'empty') {
      // Only Windows needs this: there a folder cannot be renamed onto an empty one. It fails on one that is not empty.
      attempt(() => {
        files.rmdir(this.#path);
      });
      return false;
    }
    const { token } = occupant;
    if (this.#watched?.token !== token) this.#watched = { token, since: monotonic() };
    const reason = this.#isGone(token)
      ? 'its holder is gone'
      : monotonic() - this.#watched.since >= staleMs
        ? `it was held for ${staleMs} ms`
        : undefined;
    if (reason === undefined) return false;
    log(`Breaking the lock ${token}: ${reason}.`);
    const broke = this.#remove(this.#path, [token]);
    this.#swept = false;
    return broke;
  }

  /** Whether the token's holder is surely not at work: its process ended, or it is a left-over of this very store. */
  #isGone(token: string): boolean {
    const { identity } = this.#options;
    const holder = parseToken(token);
    if (holder?.machine !== identity.machine) return false;
    if (holder.pid === identity.pid && holder.instance === identity.instance) return true;
    return !isProcessAlive(holder.pid);
  }

  /**
   * Removes these tokens, by name, from a folder, and the folder if it is empty then. A newer holder's token has another name
   * and is not touched. False where something is left.
   */
  #remove(folder: string, tokens: readonly string[]): boolean {
    const { files } = this.#options;
    for (const token of tokens) {
      const path = join(folder, token);
      attempt(() => {
        for (const name of files.readdir(path)) files.unlink(join(path, name));
      });
      const errno = attempt(() => {
        files.rmdir(path);
      });
      if (errno === 'ENOTDIR') {
        attempt(() => {
          files.unlink(path);
        });
      }
    }
    const errno = attempt(() => {
      files.rmdir(folder);
    });
    return errno === undefined || errno === 'ENOENT';
  }

  #held(token: string): HeldLock {
    const workspace = join(this.#path, token);
    return {
      workspace,
      isHeld: () => {
        try {
          return this.#options.files.lstat(workspace).kind === 'directory';
        } catch {
          return false;
        }
      },
      release: () => {
        this.#remove(this.#path, [token]);
      },
    };
  }

  /** Removes what waiters that died left beside the lock. */
  #sweep(): void {
    const { files, folder, name } = this.#options;
    this.#swept = true;
    attempt(() => {
      for (const entry of files.readdir(folder)) {
        const token = entry.startsWith(`${name}.`) ? entry.slice(name.length + 1) : '';
        if (this.#isGone(token)) this.#remove(join(folder, entry), [token]);
      }
    });
  }

  /** The error of one who waited in vain, naming who stood in the way at the last look. */
  busy(waitedMs: number): StoreError {
    const holder = this.#watched && parseToken(this.#watched.token);
    const named = holder === undefined ? {} : { holder: { pid: holder.pid, machine: holder.machine } };
    return new StoreError({ code: 'busy', waitedMs: Math.round(waitedMs), file: this.#path, ...named });
  }
}

function pause(): Promise<void> {
  const ms = SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs a clean-up step; what it threw, as a code, or undefined. */
function attempt(step: () => void): string | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? 'UNKNOWN';
  }
}
