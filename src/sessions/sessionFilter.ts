import type { IndexedSession } from './model';

/** What of the sessions is shown. Nothing set shows all. */
export interface SessionFilter {
  /** Agents that are left out. New agents are shown until somebody leaves them out. */
  hiddenAgents: readonly string[];
  untaggedOnly: boolean;
}

export const NO_FILTER: SessionFilter = { hiddenAgents: [], untaggedOnly: false };

export function isFiltering({ hiddenAgents, untaggedOnly }: SessionFilter): boolean {
  return hiddenAgents.length > 0 || untaggedOnly;
}

/** The current session always stays in sight: it is what tags go to. */
export function filterSessions(
  sessions: readonly IndexedSession[],
  filter: SessionFilter,
  { currentId, isTagged }: { currentId: string | undefined; isTagged: (id: string) => boolean },
): IndexedSession[] {
  return sessions.filter(
    ({ id, agent }) =>
      id === currentId || (!filter.hiddenAgents.includes(agent) && !(filter.untaggedOnly && isTagged(id))),
  );
}

/** Reads what was stored; anything else is no filter. */
export function readFilter(value: unknown): SessionFilter {
  if (typeof value !== 'object' || value === null) return NO_FILTER;
  const { hiddenAgents, untaggedOnly } = value as Record<string, unknown>;
  return {
    hiddenAgents: Array.isArray(hiddenAgents) ? hiddenAgents.filter((agent) => typeof agent === 'string') : [],
    untaggedOnly: untaggedOnly === true,
  };
}
