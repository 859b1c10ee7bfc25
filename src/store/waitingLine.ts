/** One who waits for a lock: a folder beside it, whose name has its token and its number in the line. */
export interface Waiter {
  ticket: number;
  token: string;
}

/** One whose turn it is and who leaves a free lock alone for this long is passed over: it is paused, or far away. */
export const PATIENCE_MS = 100;
/** A ticket has at most nine digits. */
const LAST_TICKET = 999_999_999;

export function waiterName(lock: string, { ticket, token }: Waiter): string {
  return `${lock}.${token}.${ticket}`;
}

/** Undefined for a name that is none of a waiter. Whether the token is one of ours is for others to say. */
export function parseWaiter(lock: string, name: string): Waiter | undefined {
  if (!name.startsWith(`${lock}.`)) return undefined;
  const [, token, ticket] = /^(\w[\w-]*)\.(\d{1,9})$/.exec(name.slice(lock.length + 1)) ?? [];
  return token === undefined || ticket === undefined ? undefined : { token, ticket: Number(ticket) };
}

/** The number of one who comes now: behind everyone who is there. Two who come at the same moment may get the same. */
export function nextTicket(waiters: readonly Waiter[]): number {
  return Math.min(waiters.reduce((last, { ticket }) => Math.max(last, ticket), 0) + 1, LAST_TICKET);
}

function isBefore(a: Waiter, b: Waiter): boolean {
  return a.ticket === b.ticket ? a.token < b.token : a.ticket < b.ticket;
}

/**
 * Whose turn it is, as one waiter sees it. The line only makes waiting fair: whoever is wrong about it takes the lock too early
 * or too late, and the lock itself still is held by one at a time. So one who does not take a free lock is passed over.
 */
export class WaitingLine {
  /** Tokens that were passed over, as long as they are there. */
  #passed = new Set<string>();
  /** Since when the lock is free and this one did not take it. */
  #idle: { token: string; since: number } | undefined;

  /** The one who is first among those before `me` and not passed over; undefined where it is my turn. */
  before(me: Waiter, waiters: readonly Waiter[]): Waiter | undefined {
    this.#passed = new Set(waiters.map(({ token }) => token).filter((token) => this.#passed.has(token)));
    return waiters
      .filter((waiter) => isBefore(waiter, me) && !this.#passed.has(waiter.token))
      .reduce<Waiter | undefined>((first, waiter) => (first && isBefore(first, waiter) ? first : waiter), undefined);
  }

  /** Takes note of a look at the lock while it was the turn of `first`. */
  watch({ token }: Waiter, free: boolean, now: number): void {
    if (!free) this.#idle = undefined;
    else if (this.#idle?.token !== token) this.#idle = { token, since: now };
    else if (now - this.#idle.since >= PATIENCE_MS) this.#passed.add(token);
  }
}
