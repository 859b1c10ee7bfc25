import { detailOf } from './errors';
import type { StoreStatus, StoreView } from './experimentStore';
import type { Loaded } from './memoryCopy';
import { listExperiments, listOutcomes, listTags, type SessionOutcome } from './rows';
import { hasTable } from './schema';

export function statusOf(loaded: Loaded, file: string): StoreStatus {
  if (loaded.kind === 'ready') return { kind: 'ready' };
  return { kind: 'readOnly', problem: loaded.problem, detail: loaded.detail, file };
}

export function viewOf(loaded: Loaded, file: string, revision: number): StoreView {
  const status = statusOf(loaded, file);
  if (loaded.db === undefined) return { status, experiments: [], tags: new Map(), outcomes: new Map(), revision };
  try {
    // A newer schema may have put them elsewhere.
    const outcomes = hasTable(loaded.db, 'session_outcomes')
      ? listOutcomes(loaded.db)
      : new Map<string, SessionOutcome>();
    return { status, experiments: listExperiments(loaded.db), tags: listTags(loaded.db), outcomes, revision };
  } catch (error) {
    const unreadable = { kind: 'readOnly', problem: 'unreadable', detail: detailOf(error), file } as const;
    return { status: unreadable, experiments: [], tags: new Map(), outcomes: new Map(), revision };
  }
}
