import * as path from 'node:path';
import type { Tokens } from '../../api';
import { isMissing, reasonOf } from '../reading/fileAccess';
import type { FileAccess } from '../reading/fileAccess';
import { requirePlainTables } from '../../sqlite/plainTables';
import { SqliteReader } from '../reading/sqliteReader';
import type { WasmSource } from '../reading/sqliteReader';
import { TranscriptCache } from '../reading/transcriptCache';
import { SPANS_QUERY, spanOf, totalsBySession } from './agentTraces';
import type { SpanTotals } from './agentTraces';
import { DebugLog } from './debugLog';

/** Tokens of a session and how far they go. */
export interface KnownTokens {
  tokens: Tokens | undefined;
  tokensKnown: 'full' | 'partial' | 'none';
}

interface Traces {
  /** Size and time of the database and its log, as text. */
  version: string;
  totals: ReadonlyMap<string, SpanTotals>;
}

/** What else tells the tokens of chat sessions, where a person turned it on: the trace database and the debug logs. */
export class ChatUsage {
  private readonly access: FileAccess;
  private readonly reader: SqliteReader | undefined;
  private readonly logs: TranscriptCache<DebugLog>;
  private readonly traces = new Map<string, Traces>();

  constructor(access: FileAccess, loadWasm: WasmSource | undefined) {
    this.access = access;
    this.reader = loadWasm && new SqliteReader(access, loadWasm);
    this.logs = new TranscriptCache(access);
  }

  /** Reads the trace databases that changed. */
  async readTraces(userFolders: readonly string[], problem: (message: string) => void): Promise<void> {
    for (const user of this.reader ? userFolders : []) {
      const file = path.join(user, 'globalStorage', 'github.copilot-chat', 'agent-traces.db');
      try {
        const version = await this.versionOf(file);
        if (this.traces.get(file)?.version === version) {
          continue;
        }
        const spans = await this.reader?.read(file, (rows) => {
          requirePlainTables(rows, ['spans', 'span_attributes']);
          return rows(SPANS_QUERY).map(spanOf);
        });
        this.traces.set(file, { version, totals: totalsBySession(spans ?? []) });
      } catch (error) {
        if (isMissing(error)) {
          this.traces.delete(file);
        } else {
          problem(`${file}: ${reasonOf(error)}`);
        }
      }
    }
  }

  /** The best that is known: calls of every request, else the greater of what is known of some. */
  async of(
    id: string,
    storage: string,
    requests: number,
    fromSession: Tokens | undefined,
    problem: (message: string) => void,
  ): Promise<KnownTokens> {
    const sources = [...this.traces.values()]
      .flatMap(({ totals }) => totals.get(id) ?? [])
      .filter(({ calls }) => calls > 0);
    const log = await this.debugLog(id, storage, problem);
    const complete = [...sources, ...(log ? [log] : [])].filter(({ runs }) => runs >= requests);
    const all = complete.length > 0 ? complete : [...sources, ...(log ? [log] : [])];
    const candidates = [
      ...all.map(({ tokens }) => tokens),
      ...(complete.length === 0 && fromSession ? [fromSession] : []),
    ];
    const best = candidates.sort((a, b) => totalOf(b) - totalOf(a))[0];
    return { tokens: best && { ...best }, tokensKnown: !best ? 'none' : complete.length > 0 ? 'full' : 'partial' };
  }

  private async debugLog(
    id: string,
    storage: string,
    problem: (message: string) => void,
  ): Promise<DebugLog | undefined> {
    if (!/^[\w-]+$/.test(id)) {
      return undefined; // The id comes from a file and would become part of a path.
    }
    const file = path.join(storage, 'GitHub.copilot-chat', 'debug-logs', id, 'main.jsonl');
    const read = await this.logs.read(
      file,
      () => new DebugLog(),
      () => true,
      problem,
    );
    return read && read.facts.calls > 0 ? read.facts : undefined;
  }

  private async versionOf(file: string): Promise<string> {
    const { size, mtimeMs, ino } = await this.access.stat(file);
    try {
      const log = await this.access.stat(`${file}-wal`);
      return `${ino} ${size} ${mtimeMs} ${log.size} ${log.mtimeMs}`;
    } catch {
      return `${ino} ${size} ${mtimeMs}`;
    }
  }
}

function totalOf({ input, output, cacheRead }: Tokens): number {
  return input + output + cacheRead;
}
