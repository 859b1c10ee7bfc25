import { deserialize, serialize } from 'node:v8';
import type { IndexedSession } from '../model';
import { Breather } from '../reading/breathe';
import { isSameSession } from '../sameSessions';

/** So many sessions are packed together. */
const PACKET = 100;

/** What is different since the last answer. */
export interface SessionChanges {
  /** Ids of all sessions, newest first; undefined where neither they nor their order changed. */
  ids: string[] | undefined;
  /** Sessions that are new or different. */
  changed: IndexedSession[];
}

/** In packets: a thousand sessions as one message would hold the receiving thread until all are unpacked. */
export function pack(sessions: readonly IndexedSession[]): Uint8Array<ArrayBuffer>[] {
  const packets: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < sessions.length; start += PACKET) {
    // A copy of its own memory, which can be handed over.
    packets.push(new Uint8Array(serialize(sessions.slice(start, start + PACKET))));
  }
  return packets;
}

/** The sessions, unpacked with pauses. */
export async function unpack(packets: readonly Uint8Array[]): Promise<IndexedSession[]> {
  const breather = new Breather();
  const sessions: IndexedSession[] = [];
  for (const packet of packets) {
    if (breather.due) await breather.pause();
    sessions.push(...(deserialize(packet) as IndexedSession[]));
  }
  return sessions;
}

/** What the other thread knows, so that only changes are sent: a thousand sessions take a while to copy. */
export class SentSessions {
  private sent: ReadonlyMap<string, IndexedSession> = new Map();
  private order: string | undefined;

  changes(sessions: readonly IndexedSession[]): SessionChanges {
    const { sent } = this;
    const ids = sessions.map(({ id }) => id);
    const order = ids.join('\n');
    const sameOrder = order === this.order;
    this.order = order;
    this.sent = new Map(sessions.map((session) => [session.id, session]));
    const changed = sessions.filter((session) => {
      const before = sent.get(session.id);
      return before === undefined || !isSameSession(before, session);
    });
    return { ids: sameOrder ? undefined : ids, changed };
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

  apply({ ids, changed }: SessionChanges): void {
    if (ids === undefined && changed.length === 0) return;
    for (const session of changed) this.byId.set(session.id, session);
    const order = ids ?? this.list.map(({ id }) => id);
    this.list = order.flatMap((id) => this.byId.get(id) ?? []);
    if (ids) this.byId = new Map(this.list.map((session) => [session.id, session]));
  }
}
