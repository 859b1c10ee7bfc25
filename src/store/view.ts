import type { MemoryDatabase } from './engine';
import { detailOf } from './errors';
import type { StoreStatus, StoreView } from './experimentStore';
import type { Loaded } from './memoryCopy';
import { listExperiments, listOutcomes, listTags } from './rows';
import { listAssignments, listUnblindings } from './assignments';
import { hasTable } from './schema';

export function statusOf(loaded: Loaded, file: string): StoreStatus {
  if (loaded.kind === 'ready') return { kind: 'ready' };
  return { kind: 'readOnly', problem: loaded.problem, detail: loaded.detail, file };
}

/** A store with nothing in it. */
export const emptyView: StoreView = {
  status: { kind: 'ready' },
  experiments: [],
  tags: new Map(),
  assignments: new Map(),
  unblinded: new Map(),
  outcomes: new Map(),
  revision: 0,
};

export function experimentsOf(loaded: Loaded, file: string): Pick<StoreView, 'status' | 'experiments'> {
  const status = statusOf(loaded, file);
  try {
    return { status, experiments: loaded.db === undefined ? [] : listExperiments(loaded.db) };
  } catch (error) {
    return { status: unreadable(error, file), experiments: [] };
  }
}

const unreadable = (error: unknown, file: string): StoreStatus => ({
  kind: 'readOnly',
  problem: 'unreadable',
  detail: detailOf(error),
  file,
});

export function viewOf(loaded: Loaded, file: string, revision: number): StoreView {
  const status = statusOf(loaded, file);
  if (loaded.db === undefined) return { ...emptyView, status, revision };
  try {
    // A newer schema may have put them elsewhere.
    const { db } = loaded;
    const known = <T>(table: Parameters<typeof hasTable>[1], list: (from: MemoryDatabase) => T, nothing: T): T =>
      hasTable(db, table) ? list(db) : nothing;
    return {
      status,
      experiments: listExperiments(db),
      tags: listTags(db),
      assignments: known('assignments', listAssignments, emptyView.assignments),
      unblinded: known('unblindings', listUnblindings, emptyView.unblinded),
      outcomes: known('session_outcomes', listOutcomes, emptyView.outcomes),
      revision,
    };
  } catch (error) {
    return { ...emptyView, status: unreadable(error, file), revision };
  }
}
