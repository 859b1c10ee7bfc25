/** One movement of HEAD. */
export interface ReflogEntry {
  old: string;
  new: string;
  /** ms since the epoch, whole seconds. */
  time: number;
  message: string;
}

/** Where HEAD was at a moment. What cannot be known is absent. */
export interface HeadState {
  commit?: string;
  branch?: string;
}

const LINE = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) .*?> (\d{1,12}) [+-]\d{4}(?:\t(.*))?$/;
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const NOTHING = /^0+$/;

/** The entries of a HEAD log (`logs/HEAD`), oldest first; undefined in place of a line that is none. */
export function parseReflog(text: string): (ReflogEntry | undefined)[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') {
    lines.pop();
  }
  return lines.map(parseLine);
}

function parseLine(line: string): ReflogEntry | undefined {
  const match = LINE.exec(line);
  const [, old, next, seconds, message = ''] = match ?? [];
  return old === undefined || next === undefined
    ? undefined
    : { old, new: next, time: Number(seconds) * 1000, message };
}

/**
 * Where HEAD was at `time`: after the last entry that is not later. Unknown before the first entry, and wherever the next entry
 * does not begin where this one ended: then entries between them expired.
 *
 * @param currentBranch the branch that HEAD is on now; undefined where it is on none or that is not known.
 */
export function headAt(
  entries: readonly (ReflogEntry | undefined)[],
  time: number,
  currentBranch: string | undefined,
): HeadState {
  const at = entries.findLastIndex((entry) => entry !== undefined && entry.time <= time);
  const entry = entries[at];
  const next = entries[at + 1];
  const gap = at + 1 < entries.length && next?.old !== entry?.new;
  if (!entry || gap || NOTHING.test(entry.new)) {
    return {};
  }
  const branch = branchAfter(entries, at, currentBranch);
  return branch === undefined ? { commit: entry.new } : { commit: entry.new, branch };
}

/** How an entry changes the branch: to a name or object id, to none (`rebase` in progress), or not at all. */
interface Switch {
  from?: string;
  /** Absent: not told by the log. */
  to?: string;
}

function switchOf(message: string): Switch | undefined {
  const checkout = /^checkout: moving from (\S+) to (\S+)$/.exec(message);
  if (checkout) {
    return { from: checkout[1] ?? '', to: checkout[2] ?? '' };
  }
  const renamed = /^Branch: renamed refs\/heads\/(\S+) to refs\/heads\/(\S+)$/.exec(message);
  if (renamed) {
    return { from: renamed[1] ?? '', to: renamed[2] ?? '' };
  }
  if (/^rebase\b/.test(message)) {
    const back = / returning to refs\/heads\/(\S+)$/.exec(message);
    return back ? { from: '', to: back[1] ?? '' } : { to: '' };
  }
  // A first commit is on a branch that no entry names; anything may have happened before a clone's.
  return message.startsWith('commit (initial)') || message.startsWith('clone:') ? {} : undefined;
}

/**
 * The branch after an entry. A log names what was checked out, not whether that is a branch; only what HEAD left next, or is on
 * now, tells. Both must agree.
 */
function branchAfter(
  entries: readonly (ReflogEntry | undefined)[],
  at: number,
  currentBranch: string | undefined,
): string | undefined {
  const before = lastSwitch(entries, at);
  const after = nextSwitch(entries, at);
  if (after.unknown) {
    return undefined;
  }
  const name = after.found ? (after.rebase ? after.found.to : after.found.from) : currentBranch;
  if (after.rebase && before?.to !== name) {
    return undefined; // `git rebase onto branch` returns to another branch than it began on.
  }
  const agreed = before?.to === undefined || before.to === name;
  return name !== undefined && name !== '' && agreed && !OBJECT_ID.test(name) ? name : undefined;
}

/** The last change of branch up to an entry. */
function lastSwitch(entries: readonly (ReflogEntry | undefined)[], at: number): Switch | undefined {
  for (let i = at; i >= 0; i--) {
    const found = switchOf(entries[i]?.message ?? '');
    if (found) {
      return found;
    }
  }
  return undefined;
}

interface NextSwitch {
  found?: Switch;
  /** The next change is a rebase, and `found` is where it went in the end. */
  rebase: boolean;
  /** Entries before it are gone, or a rebase has not ended. */
  unknown: boolean;
}

/** The next change of branch after an entry. */
function nextSwitch(entries: readonly (ReflogEntry | undefined)[], at: number): NextSwitch {
  let rebase = false;
  for (let i = at + 1; i < entries.length; i++) {
    const entry = entries[i];
    if (!entry || entry.old !== entries[i - 1]?.new) {
      return { rebase, unknown: true };
    }
    const found = switchOf(entry.message);
    const inRebase = found?.to === '';
    rebase ||= inRebase;
    if (found && !inRebase) {
      const ended = found.from === '';
      return rebase && !ended ? { rebase, unknown: true } : { found, rebase, unknown: false };
    }
  }
  return { rebase, unknown: rebase };
}
