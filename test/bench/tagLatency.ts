import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { FileStore } from '../../src/store/fileStore';
import { Engine } from '../../src/store/engine';
import { installPeers } from './sqlitePeers';

/** Milliseconds of one durable tag (decided, written, synced, in place) in a store that already has `tags` tags. */
export interface TagLatency {
  tags: number;
  fileBytes: number;
  samples: number;
  p50: number;
  p99: number;
  /** The same insert by other SQLites into a copy of the same file, in turn with ours. */
  peers: { name: string; p50: number; p99: number }[];
  /** For another window to show the change: notice, read again, check, and build the view. */
  rereadP50: number;
}

const SAMPLES = 200;
const REREADS = 20;
const WASM = join(process.cwd(), 'node_modules/sql.js/dist/sql-wasm.wasm');
const author = { who: 'bench', via: 'program', window: 'bench' } as const;
const loadWasm = (): Uint8Array => readFileSync(WASM);

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function newStore(folder: string): FileStore {
  return new FileStore({ folder, loadWasm, now: Date.now });
}

/** Gives the store a running experiment with this many tags and their history, without paying for each. */
async function fill(store: FileStore, folder: string, count: number): Promise<string> {
  const experimentId = randomUUID();
  await store.save({
    id: experimentId,
    name: 'Bench',
    hypothesis: '',
    changeDescription: '',
    metric: 'TokensPerSession',
    durationDays: 14,
    binding: { kind: 'ManualTag' },
    successCriterion: { kind: 'Absolute', metricValue: 1 },
    state: 'Draft',
    createdAt: 1,
  });
  await store.transition(experimentId, 'start');
  const engine = await Engine.load(loadWasm);
  const file = join(folder, 'experiments.db');
  const db = engine.open(new Uint8Array(readFileSync(file)));
  db.script('BEGIN');
  for (let n = 0; n < count; n += 1) {
    const session = randomUUID();
    db.run('INSERT INTO experiment_tags VALUES (?, ?, ?)', [experimentId, session, n % 2 ? 'Control' : 'Treatment']);
    db.run(
      `INSERT INTO tag_history(experiment_id, session_id, at_ms, who, via, window, action, to_variant)
       VALUES (?, ?, ?, 'bench', 'program', 'bench', 'tag', ?)`,
      [experimentId, session, n, n % 2 ? 'Control' : 'Treatment'],
    );
  }
  db.script('COMMIT');
  writeFileSync(file, db.export());
  db.close();
  return experimentId;
}

/** The rows that a tag of ours writes, in one transaction. The ids are our own. */
function insert(experimentId: string): string {
  const session = randomUUID();
  return `BEGIN; INSERT INTO experiment_tags VALUES ('${experimentId}', '${session}', 'Control');
    INSERT INTO tag_history(experiment_id, session_id, at_ms, who, via, window, action, to_variant)
    VALUES ('${experimentId}', '${session}', 1, 'bench', 'program', 'bench', 'tag', 'Control'); COMMIT`;
}

/** Measures the latency of durable tags at each count of tags, in one folder each, on the disk of the temporary folder. */
export async function benchTagLatency(counts: readonly number[]): Promise<TagLatency[]> {
  const installed = await installPeers();
  const results: TagLatency[] = [];
  for (const count of counts) {
    const folder = mkdtempSync(join(tmpdir(), 'experiments-bench-'));
    const store = newStore(folder);
    const reader = newStore(folder);
    try {
      const experimentId = await fill(store, folder, count);
      await store.read();
      const tagOnce = async (): Promise<void> => {
        const request = { action: 'tag', experimentId, sessionId: randomUUID(), variant: 'Control' } as const;
        const { outcome } = await store.apply(request, author);
        if (outcome !== 'tagged') throw new Error(`the bench could not tag: ${outcome}`);
      };
      for (let warm = 0; warm < 10; warm += 1) await tagOnce();
      const peers = installed.map((peer) => {
        const { name } = peer;
        const copy = join(folder, `${name}.db`);
        copyFileSync(join(folder, 'experiments.db'), copy);
        const db = peer.open(copy);
        db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
        return { name, db, times: [] as number[] };
      });
      const writes: number[] = [];
      for (let n = 0; n < SAMPLES; n += 1) {
        writes.push(await timed(tagOnce));
        for (const { db, times } of peers)
          times.push(await timed(() => Promise.resolve(db.exec(insert(experimentId)))));
      }
      for (const { db } of peers) db.close();
      const rereads: number[] = [];
      for (let n = 0; n < REREADS; n += 1) {
        await tagOnce();
        rereads.push(await timed(() => reader.read()));
      }
      results.push({
        tags: count,
        fileBytes: statSync(join(folder, 'experiments.db')).size,
        samples: SAMPLES,
        p50: percentile(writes, 0.5),
        p99: percentile(writes, 0.99),
        peers: peers.map(({ name, times }) => ({
          name,
          p50: percentile(times, 0.5),
          p99: percentile(times, 0.99),
        })),
        rereadP50: percentile(rereads, 0.5),
      });
    } finally {
      store.dispose();
      reader.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return results;
}
