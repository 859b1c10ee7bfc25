import { join } from 'node:path';
import { sleep } from './atomicFile';
import { errnoOf, fileError, StoreError } from './errors';
import type { Files } from './files';
import { formatToken, isProcessAlive, parseToken, type Identity } from './token';
import { nextTicket, parseWaiter, waiterName, WaitingLine, type Waiter } from './waitingLine';

/** A lock that nobody released is broken once a waiter has seen it unchanged for this long. */
export const STALE_MS = 10_000;
/** No call waits longer than this for the lock. It must exceed STALE_MS, or a stale lock would never be broken. */
export const LOCK_TIMEOUT_MS = 15_000;
const SHORTEST_PAUSE_MS = 1;
/** For the one whose turn it is, and for the others. */
const LONGEST_PAUSE_MS = { next: 4, later: 25 };

/** Pauses between attempts to release it. */
const RELEASE_PAUSES_MS = [1, 4, 16];

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
  readonly #line = new WaitingLine();
  #count = 0;
  /** The token that was there at the last look, and since when. Tokens are never used again, so this may outlive a call. */
  #watched: { token: string; since: number } | undefined;

  constructor(options: LockOptions) {
    this.#options = options;
    this.#path = join(options.folder, options.name);
  }

  /**
   * Waits for the lock until `deadline` (on the monotonic clock), with at least one attempt, and in line with others who wait.
   * Creates the folder where it is missing. Throws StoreError `busy`, `noPermission`, `diskFull` or `io`. One call at a time.
   */
  async acquire(deadline: number): Promise<HeldLock> {
    const { monotonic } = this.#options;
    const started = monotonic();
    const token = formatToken(this.#options.identity, (this.#count += 1));
    let others = this.#waiters(token);
    const me: Waiter = { token, ticket: nextTicket(others) };
    const stage = this.#stageOf(me);
    try {
      for (; ; others = this.#waiters(token)) {
        const first = this.#line.before(me, others);
        const last = monotonic() >= deadline;
        this.#build(stage, token);
        // In the end, nobody's turn counts any more.
        const refused = first === undefined || last ? this.#tryTake(stage) : undefined;
        if (refused === 'taken') {
          this.#watched = undefined;
          return this.#held(token);
        }
        const occupant = this.#occupant();
        if (first !== undefined) this.#line.watch(first, occupant.kind !== 'held', monotonic());
        const broke = this.#breakIfAbandoned(occupant);
        // Who has just broken it tries once more.
        if (last && !broke) {
          // With nobody in the way, it is the folder that does not let us.
          throw occupant.kind === 'none' && refused !== undefined ? refused : this.busy(monotonic() - started);
        }
        if (!broke || first !== undefined) await pause(first === undefined ? 'next' : 'later');
      }
    } catch (error) {
      this.#remove(stage, [token]);
      throw fileError(error, 'lock', this.#path);
    }
  }

  /** The lock if it is free at this moment, whoever waits for it. Never throws. */
  tryAcquire(): HeldLock | undefined {
    const token = formatToken(this.#options.identity, (this.#count += 1));
    const stage = this.#stageOf({ token, ticket: 0 });
    try {
      this.#build(stage, token);
      if (this.#tryTake(stage) === 'taken') return this.#held(token);
    } catch {
      // Whatever stands in the way, somebody else's turn is not waited for.
    }
    this.#remove(stage, [token]);
    return undefined;
  }

  #stageOf(waiter: Waiter): string {
    return join(this.#options.folder, waiterName(this.#options.name, waiter));
  }

  /** Builds the token's folder beside the lock: it tells others that we wait, and is what is renamed into place. */
  #build(stage: string, token: string): void {
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
  }

  /** Renames the stage into place: the lock is never there without its token. Returns what stood in the way. */
  #tryTake(stage: string): Error | 'taken' {
    try {
      this.#options.files.rename(stage, this.#path);
      return 'taken';
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
    return this.#remove(this.#path, [token]);
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
        // A virus scanner may look into it just now; left behind, it would keep other windows out until it is stale.
        for (const ms of RELEASE_PAUSES_MS) {
          if (this.#remove(this.#path, [token]) || !this.#isTaken(token)) return;
          sleep(ms);
        }
        this.#remove(this.#path, [token]);
      },
    };
  }

  /** Whether the token is still there, as far as can be told. */
  #isTaken(token: string): boolean {
    return attempt(() => void this.#options.files.lstat(join(this.#path, token))) !== 'ENOENT';
  }

  /** Who else waits. Removes what waiters that died left. */
  #waiters(mine: string): Waiter[] {
    const { files, folder, name } = this.#options;
    const found: Waiter[] = [];
    attempt(() => {
      for (const entry of files.readdir(folder)) {
        const waiter = parseWaiter(name, entry);
        if (waiter === undefined || waiter.token === mine) continue;
        if (this.#isGone(waiter.token)) this.#remove(join(folder, entry), [waiter.token]);
        else found.push(waiter);
      }
    });
    return found;
  }

  /** The error of one who waited in vain, naming who stood in the way at the last look. */
  busy(waitedMs: number): StoreError {
    const holder = this.#watched && parseToken(this.#watched.token);
    const named = holder === undefined ? {} : { holder: { pid: holder.pid, machine: holder.machine } };
    return new StoreError({ code: 'busy', waitedMs: Math.round(waitedMs), file: this.#path, ...named });
  }
}

function pause(turn: 'next' | 'later'): Promise<void> {
  const ms = SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS[turn] - SHORTEST_PAUSE_MS);
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
