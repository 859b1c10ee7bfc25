import type { Variant } from '../../../src/api';
import type { HistoryEntry, TagDecision, TagRequest } from '../../../src/domain/tags';

/** A request of one process, with what it was told; nothing where it was killed before. */
export interface Asked {
  request: TagRequest;
  answer?: { outcome: TagDecision['outcome']; existing?: Variant; after?: Variant };
  /** It was told that this was not written. */
  failed?: boolean;
}

export interface Judged {
  problems: string[];
  unanswered: number;
  unansweredWritten: number;
}

const WRITES = new Set(['tagged', 'retagged', 'untagged']);

/**
 * Whether the history and the tags are what the processes were told, each in the order in which it asked: nothing that was
 * acknowledged is missing or doubled, nothing is there that nobody asked for, and what a killed process asked last is there as a
 * whole or not at all.
 */
export function historyProblems(
  lives: readonly (readonly Asked[])[],
  history: readonly HistoryEntry[],
  tags: ReadonlyMap<string, Variant | undefined>,
): Judged {
  const judged: Judged = { problems: [], unanswered: 0, unansweredWritten: 0 };
  const entries = grouped(history, ({ sessionId }) => sessionId);
  const asked = grouped(lives.flat(), ({ request }) => request.sessionId);
  for (const [sessionId, all] of asked) {
    const found = entries.get(sessionId) ?? [];
    const told = sessionId.startsWith('contested') ? contested(all, found, judged) : own(all, found, judged);
    if (told !== undefined) judged.problems.push(`${sessionId}: ${told}`);
    if (tags.get(sessionId) !== found.at(-1)?.to)
      judged.problems.push(`${sessionId}: the tag is not the last of the history`);
  }
  for (const sessionId of [...tags.keys(), ...entries.keys()]) {
    if (!asked.has(sessionId)) judged.problems.push(`${sessionId}: nobody asked for it`);
  }
  return judged;
}

/** Of a session that one process alone wrote. */
function own(all: readonly Asked[], found: readonly HistoryEntry[], judged: Judged): string | undefined {
  const written = all.filter(({ answer }) => answer !== undefined && WRITES.has(answer.outcome));
  const last = all.at(-1);
  const open = last?.answer === undefined && last?.failed !== true ? last : undefined;
  if (open !== undefined) judged.unanswered += 1;
  const more = found.length - written.length;
  if (more < 0) return `${-more} of ${written.length} acknowledged writes are lost`;
  if (more > (open === undefined ? 0 : 1)) return `${more} entries more than were acknowledged`;
  for (const [index, { request, answer }] of written.entries()) {
    const entry = found[index];
    if (entry?.action !== request.action || entry.to !== answer?.after)
      return `entry ${index} is not what was acknowledged`;
  }
  if (more === 1) judged.unansweredWritten += 1;
  return undefined;
}

/** Of a session that many processes tagged at once, and none may retag. */
function contested(all: readonly Asked[], found: readonly HistoryEntry[], judged: Judged): string | undefined {
  const [entry, ...more] = found;
  if (more.length > 0) return `${found.length} tags were written`;
  const open = all.filter(({ answer, failed }) => answer === undefined && failed !== true);
  const winners = all.filter(({ answer }) => answer?.outcome === 'tagged');
  judged.unanswered += open.length;
  if (winners.length > 1) return `${winners.length} were told that theirs is the first`;
  for (const { answer } of all) {
    if (answer !== undefined && answer.after !== entry?.to) return `one was told ${answer.after}, it is ${entry?.to}`;
  }
  if (entry === undefined || winners.length === 1) return undefined;
  judged.unansweredWritten += 1;
  const asked = open.some(({ request }) => request.action === 'tag' && request.variant === entry.to);
  return asked ? undefined : 'nobody was told, and nobody who was killed asked for it';
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item)) ?? [];
    groups.set(key(item), group);
    group.push(item);
  }
  return groups;
}
