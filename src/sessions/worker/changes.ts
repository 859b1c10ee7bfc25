import type { IndexedSession } from '../model';
import type { ScanAnswer } from './protocol';

/** What the other thread knows, so that only changes are sent: a thousand sessions take a while to copy. */
export class SentSessions {
  private readonly sent = new Map<string, string>();
  /** A source that gives the same object again says that nothing changed. */
  private readonly objects = new Map<string, IndexedSession>();
  private order: string | undefined;

  changes(sessions: readonly IndexedSession[]): Pick<ScanAnswer, 'ids' | 'changed'> {
    const ids = sessions.map(({ id }) => id);
    const order = ids.join('\n');
    const sameOrder = order === this.order;
    this.order = order;
    const changed: IndexedSession[] = [];
    for (const session of sessions) {
      if (this.objects.get(session.id) === session) continue;
      this.objects.set(session.id, session);
      const text = JSON.stringify(session);
      if (this.sent.get(session.id) !== text) {
        this.sent.set(session.id, text);
        changed.push(session);
      }
    }
    if (!sameOrder) {
      const known = new Set(ids);
      for (const id of this.sent.keys()) if (!known.has(id)) this.forget(id);
    }
    return { ids: sameOrder ? undefined : ids, changed };
  }

  private forget(id: string): void {
    this.sent.delete(id);
    this.objects.delete(id);
  }
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
