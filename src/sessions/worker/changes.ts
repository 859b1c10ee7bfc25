import type { IndexedSession } from '../model';
import type { ScanAnswer } from './protocol';

/** What the other thread knows, so that only changes are sent: a thousand sessions take a while to copy. */
export class SentSessions {
  private sent: ReadonlyMap<string, IndexedSession> = new Map();
  private order: string | undefined;

  changes(sessions: readonly IndexedSession[]): Pick<ScanAnswer, 'ids' | 'changed'> {
    const { sent } = this;
    const ids = sessions.map(({ id }) => id);
    const order = ids.join('\n');
    const sameOrder = order === this.order;
    this.order = order;
    this.sent = new Map(sessions.map((session) => [session.id, session]));
    const changed = sessions.filter((session) => {
      const before = sent.get(session.id);
      return before === undefined || !isSame(before, session);
    });
    return { ids: sameOrder ? undefined : ids, changed };
  }
}

/** A source that gives the same object again says that nothing changed. */
function isSame(before: IndexedSession, session: IndexedSession): boolean {
  return before === session || JSON.stringify(before) === JSON.stringify(session);
}

/** The sessions on the receiving side. */
export class ReceivedSessions {
  private byId: Map<string, IndexedSession>;
  private list: readonly IndexedSession[];

  /** `before`: what stands until the first answer. */
  constructor(before: readonly IndexedSession[] = []) {
    this.list = before;
    this.byId = new Map(before.map((session) => [session.id, session]));
  }

  get sessions(): readonly IndexedSession[] {
    return this.list;
  }

  get(id: string): IndexedSession | undefined {
    return this.byId.get(id);
  }

  apply({ ids, changed }: Pick<ScanAnswer, 'ids' | 'changed'>): void {
    if (ids === undefined && changed.length === 0) return;
    for (const session of changed) this.byId.set(session.id, session);
    const order = ids ?? this.list.map(({ id }) => id);
    this.list = order.flatMap((id) => this.byId.get(id) ?? []);
    if (ids) this.byId = new Map(this.list.map((session) => [session.id, session]));
  }
}
