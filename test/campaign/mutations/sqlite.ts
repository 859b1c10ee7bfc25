import type { Random } from '../../../scripts/demo/random';
import { sqliteFile, walFile } from '../sqlite';
import type { WalFrame } from '../sqlite';

/** A database file and, where there is one, the log beside it. */
export interface DatabaseFiles {
  database: Buffer;
  wal?: Buffer;
}

type DatabaseMutation = (database: Buffer, random: Random) => DatabaseFiles | Promise<DatabaseFiles>;

function pageSizeOf(database: Buffer): number {
  const size = database.length >= 18 ? database.readUInt16BE(16) : 4096;
  return size === 1 ? 65_536 : size >= 512 ? size : 4096;
}

function somePage(database: Buffer, random: Random): { start: number; size: number } {
  const size = pageSizeOf(database);
  return { start: random.between(0, Math.max(0, Math.ceil(database.length / size) - 1)) * size, size };
}

function pageOf(database: Buffer, number: number, size: number): Buffer {
  const page = Buffer.alloc(size);
  page.set(database.subarray((number - 1) * size, number * size));
  return page;
}

function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}

/** An endless query behind a name that readers know, and other things that a database may bring with it. */
const HOSTILE: readonly string[] = [
  `CREATE VIEW spans AS WITH RECURSIVE c(span_id) AS (SELECT 1 UNION ALL SELECT span_id + 1 FROM c)
   SELECT span_id, 'chat' AS operation_name, 'a' AS conversation_id, 'a' AS chat_session_id, 'm' AS request_model,
   'm' AS response_model, 1 AS input_tokens, 1 AS output_tokens, 1 AS cached_tokens, 0 AS status_code, 1 AS start_time_ms,
   2 AS end_time_ms FROM c;
   CREATE TABLE span_attributes (span_id TEXT, key TEXT, value TEXT);`,
  `CREATE VIEW session AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) SELECT id FROM c;`,
  `CREATE TABLE session (id TEXT, directory TEXT); INSERT INTO session VALUES ('ses_x', '/campaign/shop');
   CREATE VIEW message AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c)
   SELECT id, 'ses_x' AS session_id, '{}' AS data FROM c;`,
  `CREATE TABLE session (id TEXT, directory TEXT GENERATED ALWAYS AS (hex(zeroblob(100000000))) VIRTUAL);
   INSERT INTO session (id) VALUES ('ses_x');`,
  `CREATE TABLE session (id TEXT, directory TEXT); INSERT INTO session VALUES ('ses_x', '/campaign/shop');
   CREATE TABLE message (id TEXT, session_id TEXT, data TEXT GENERATED ALWAYS AS (hex(zeroblob(200000000))) VIRTUAL);
   INSERT INTO message (id, session_id) VALUES ('msg_x', 'ses_x'), ('msg_y', 'ses_x');
   CREATE TABLE part (id TEXT, message_id TEXT, session_id TEXT, data TEXT);`,
  `CREATE TABLE span_attributes (span_id TEXT, key TEXT, value TEXT);
   CREATE TABLE spans (span_id TEXT, conversation_id TEXT, chat_session_id TEXT, request_model TEXT, response_model TEXT,
     input_tokens, output_tokens, cached_tokens, status_code, start_time_ms, end_time_ms,
     operation_name TEXT GENERATED ALWAYS AS (hex(zeroblob(200000000))) VIRTUAL);
   INSERT INTO spans (span_id) VALUES ('a'), ('b'), ('c');`,
  `CREATE TABLE session (id BLOB, directory BLOB); INSERT INTO session VALUES (x'00ff', 1e308), (NULL, NULL), (1, 2);`,
  `CREATE TABLE session (x);`,
  `CREATE TABLE spans (x); CREATE TABLE span_attributes (x);`,
];

export const SQLITE_MUTATIONS: Readonly<Record<string, DatabaseMutation>> = {
  flipInPage: (database, random) => {
    const changed = Buffer.from(database);
    const { start, size } = somePage(database, random);
    for (let left = random.pick([1, 4, 40, 400]); left > 0; left--) {
      const at = Math.min(changed.length - 1, start + random.between(0, random.pick([40, size - 1])));
      changed[at] = random.between(0, 255);
    }
    return { database: changed };
  },
  header: (database, random) => {
    const changed = Buffer.from(database);
    for (let left = random.between(1, 3); left > 0; left--) {
      changed[random.between(0, 99)] = random.pick([0, 1, 2, 0x7f, 0x80, 0xff, random.between(0, 255)]);
    }
    return { database: changed };
  },
  pageSize: (database, random) => {
    const changed = Buffer.from(database);
    changed.writeUInt16BE(random.pick([0, 1, 2, 511, 512, 513, 1024, 32_768, 65_535]), 16);
    return { database: changed };
  },
  pageCount: (database, random) => {
    const changed = Buffer.from(database);
    changed.writeUInt32BE(random.pick([0, 1, 0x7fff_ffff, 0xffff_ffff]), 28);
    return { database: changed };
  },
  zeroPage: (database, random) => {
    const { start, size } = somePage(database, random);
    return { database: Buffer.from(database).fill(0, start, Math.min(database.length, start + size)) };
  },
  swapPages: (database, random) => {
    const changed = Buffer.from(database);
    const one = somePage(database, random);
    const two = somePage(database, random);
    database.copy(changed, one.start, two.start, two.start + two.size);
    database.copy(changed, two.start, one.start, one.start + one.size);
    return { database: changed };
  },
  cutPages: (database, random) => ({ database: database.subarray(0, somePage(database, random).start) }),
  cut: (database, random) => ({ database: database.subarray(0, random.between(0, database.length)) }),
  empty: () => ({ database: Buffer.alloc(0) }),
  walGarbage: (database, random) => ({ database, wal: noise(random, random.between(0, 10_000)) }),
  walAlone: (database, random) => ({
    database: Buffer.alloc(0),
    wal: walFile(4096, [{ page: 1, commit: random.pick([1, 5, 0xffff]), content: pageOf(database, 1, 4096) }]),
  }),
  /** Whole and with right checksums, but it says that the database has any size, or puts pages in any place. */
  walAbsurd: (database, random) => {
    const size = random.chance(0.8) ? pageSizeOf(database) : random.pick([512, 1024, 65_536]);
    const frames: WalFrame[] = Array.from({ length: random.between(1, 6) }, () => ({
      page: random.pick([0, 1, 2, 3, 7, 1000, 0x7fff_ffff, 0xffff_ffff]),
      commit: random.pick([0, 1, 3, 1000, 1 << 16, 1 << 20, (1 << 20) + 1, 0x7fff_ffff, 0xffff_ffff]),
      content: random.chance(0.5) ? noise(random, size) : pageOf(database, random.between(1, 4), size),
    }));
    return { database, wal: walFile(size, frames) };
  },
  walFlipped: (database, random) => {
    const size = pageSizeOf(database);
    const frames = [1, 2, 3].map((page) => ({ page, commit: page, content: pageOf(database, page, size) }));
    const wal = walFile(size, frames);
    wal[random.between(0, wal.length - 1)] = random.between(0, 255);
    return { database, wal: random.chance(0.3) ? wal.subarray(0, random.between(0, wal.length)) : wal };
  },
  hostile: async (_database, random) => {
    const sql = random.pick(HOSTILE);
    return {
      database: await sqliteFile((run) => {
        run(sql);
      }),
    };
  },
};
