import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import fc from 'fast-check';
import initSqlJs from 'sql.js';
import type { IndexedSession } from '../../../src/sessions/model';
import { OpenCodeSessions } from '../../../src/sessions/opencode/openCodeSessions';
import type { OpenCodeOptions } from '../../../src/sessions/opencode/openCodeSessions';
import { MemoryFiles } from './support/memoryFiles';
import { Wal } from './support/walFile';

const WORKSPACE = '/home/ada/shop';
const DATA = '/home/ada/.local/share/opencode';
const DB = `${DATA}/opencode.db`;
const START = Date.UTC(2026, 2, 4, 9);
const LATER = START + 48 * 60 * 60_000;
const PAGE = 4096;

type Fields = Record<string, unknown>;

const wasm = createRequire(path.resolve('package.json')).resolve('sql.js/dist/sql-wasm.wasm');
const loadWasm = (): Promise<Uint8Array> => fs.promises.readFile(wasm);

interface Message {
  id: string;
  data: Fields;
  parts?: Fields[];
}

interface Given {
  id: string;
  directory?: string;
  parentId?: string;
  title?: string;
  /** Seconds after the start. */
  created?: number;
  messages: Message[];
}

const user = (id: string, text: string, seconds = 0, part: Fields = {}): Message => ({
  id,
  data: { role: 'user', time: { created: START + seconds * 1000 } },
  parts: [{ type: 'text', text, ...part }],
});

const tokens = (input: number, output: number, reasoning = 0, read = 0, write = 0, more: Fields = {}): Fields => ({
  input,
  output,
  reasoning,
  cache: { read, write },
  ...more,
});

const answer = (id: string, counts: Fields | undefined, parts: Fields[] = [], more: Fields = {}): Message => ({
  id,
  data: {
    role: 'assistant',
    modelID: 'gpt-5',
    providerID: 'openai',
    time: { created: START + 1000, completed: START + 2000 },
    ...(counts ? { tokens: counts } : {}),
    ...more,
  },
  parts,
});

const tool = (callID: string, name: string, input: Fields, state: Fields = {}): Fields => ({
  type: 'tool',
  callID,
  tool: name,
  state: { status: 'completed', input, ...state },
});

class Bench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly source: OpenCodeSessions;
  private sql: initSqlJs.SqlJsStatic | undefined;

  constructor(options: Partial<OpenCodeOptions> = {}) {
    this.source = new OpenCodeSessions({
      environment: { home: '/home/ada' },
      access: this.files,
      rules: { windows: false },
      loadWasm,
      ...options,
    });
  }

  async scan(now = LATER): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan([WORKSPACE], now, (message) => this.problems.push(message));
  }

  async only(now = LATER): Promise<IndexedSession> {
    const [session, ...others] = await this.scan(now);
    if (!session || others.length > 0) {
      throw new Error(`Expected one session, found ${session ? others.length + 1 : 0}`);
    }
    return session;
  }

  /** The bytes of a database with these sessions. */
  async image(sessions: readonly Given[], more = ''): Promise<Buffer> {
    this.sql ??= await initSqlJs({ wasmBinary: new Uint8Array(await loadWasm()).buffer });
    const database = new this.sql.Database();
    database.run(`PRAGMA page_size = ${PAGE};
      CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, title TEXT, time_created INTEGER, time_updated INTEGER);
      CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
      CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_updated INTEGER, data TEXT);`);
    for (const { id, parentId = null, directory = WORKSPACE, title = null, created = 0, messages } of sessions) {
      database.run('INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)', [
        id,
        parentId,
        directory,
        title,
        START + created * 1000,
        START,
      ]);
      for (const message of messages) {
        database.run('INSERT INTO message VALUES (?, ?, ?, ?, ?)', [
          message.id,
          id,
          START,
          START,
          JSON.stringify(message.data),
        ]);
        for (const [i, part] of (message.parts ?? []).entries()) {
          const key = `${message.id}-${i}`;
          database.run('INSERT INTO part VALUES (?, ?, ?, ?, ?)', [key, message.id, id, START, JSON.stringify(part)]);
        }
      }
    }
    if (more !== '') {
      database.run(more);
    }
    const bytes = Buffer.from(database.export());
    database.close();
    return bytes;
  }

  async put(sessions: readonly Given[], file = DB): Promise<this> {
    this.files.write(file, await this.image(sessions));
    return this;
  }

  /** The same as files, as older versions kept them. */
  store(sessions: readonly Given[]): this {
    for (const { id, directory = WORKSPACE, parentId, title, created = 0, messages } of sessions) {
      const header = {
        id,
        directory,
        parentID: parentId,
        title,
        time: { created: START + created * 1000, updated: START },
      };
      this.files.write(`${DATA}/storage/session/p/${id}.json`, JSON.stringify(header));
      for (const message of messages) {
        const file = `${DATA}/storage/message/${id}/${message.id}.json`;
        this.files.write(file, JSON.stringify({ id: message.id, sessionID: id, ...message.data }));
        for (const [i, part] of (message.parts ?? []).entries()) {
          this.files.write(
            `${DATA}/storage/part/${message.id}/${i}.json`,
            JSON.stringify({ id: `${message.id}-${i}`, ...part }),
          );
        }
      }
    }
    return this;
  }
}

const SESSION: Given = {
  id: 's',
  title: 'Name the shop',
  messages: [
    user('m1', 'Grüße 👋'),
    answer('m2', tokens(100, 10, 5, 30, 20), [
      tool('c1', 'edit', { filePath: '/home/ada/shop/a.ts' }),
      tool('c2', 'bash', { command: 'npm test' }, { metadata: { exit: 1 } }),
      tool('c3', 'bash', { command: 'npm test' }, { status: 'error', error: 'The user rejected permission to use it' }),
    ]),
    answer('m3', tokens(50, 5)),
  ],
};

describe('OpenCode', function () {
  this.timeout(20_000);

  for (const [what, fill] of [
    ['database', async (bench: Bench, sessions: readonly Given[]): Promise<Bench> => bench.put(sessions)],
    ['files', (bench: Bench, sessions: readonly Given[]): Promise<Bench> => Promise.resolve(bench.store(sessions))],
  ] as const) {
    describe(`in its ${what}`, () => {
      const read = async (...messages: Message[]): Promise<IndexedSession> =>
        (await fill(new Bench(), [{ id: 's', messages }])).only();

      it('has tokens by kind, calls, errors, repeats, files and outcome', async () => {
        const session = await (await fill(new Bench(), [SESSION])).only();
        assert.deepEqual(session.tokens, { input: 150, output: 15, reasoning: 5, cacheRead: 30, cacheWrite: 20 });
        assert.deepEqual([session.id, session.title, session.workspaceFolder], ['s', 'Name the shop', WORKSPACE]);
        assert.deepEqual([session.prompts, session.toolCalls, session.toolErrors, session.toolLoops], [1, 3, 1, 1]);
        assert.deepEqual([session.filesTouched, session.outcome, session.models], [1, 'failure', { 'gpt-5': 2 }]);
        assert.deepEqual([session.startedAt, session.lastActiveAt], [START, START + 2000]);
      });

      it('has the outcome of the last command that ran and ended by itself', async () => {
        const passed = tool('c1', 'bash', { command: 'npm test' }, { metadata: { exit: 0 } });
        for (const [what, state, expected] of [
          ['failed', { metadata: { exit: 1 } }, 'failure'],
          ['ran into its time limit', { metadata: { exit: null } }, undefined],
          ['was killed', { metadata: { exit: 143 } }, undefined],
          ['says no exit code', {}, undefined],
          ['goes on', { status: 'running' }, undefined],
          ['was stopped', { status: 'error', error: 'Tool execution aborted' }, undefined],
          [
            'was refused',
            { status: 'error', error: 'The user rejected permission to use this specific tool call.' },
            'success',
          ],
          [
            'a rule forbids',
            { status: 'error', error: 'The user has specified a rule which prevents you from this' },
            'success',
          ],
        ] as const) {
          const last = tool('c2', 'bash', { command: 'npm test' }, state);
          assert.equal((await read(answer('m1', undefined, [passed, last]))).outcome, expected, what);
        }
      });

      it('has unknown tokens where no message has counts', async () => {
        const session = await read(user('m1', 'hi'), answer('m2', undefined));
        assert.deepEqual([session.tokens, session.tokensKnown, session.costUsd], [undefined, 'none', undefined]);
      });

      it('has used nothing where all that the assistant wrote is of no model', async () => {
        const session = await read(user('m1', 'hi'), answer('m2', undefined, [], { modelID: undefined }));
        const nothing = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
        assert.deepEqual([session.tokens, session.tokensKnown, session.costUsd], [nothing, undefined, 0]);
        assert.equal((await read(user('m1', 'hi'))).tokens, undefined, 'not answered yet');
      });

      it('tells by the total whether reasoning is inside output', async () => {
        const session = await read(answer('m2', tokens(100, 10, 5, 0, 0, { total: 110 })));
        assert.deepEqual([session.tokens?.reasoning, session.reasoningInOutput], [0, 5]);
        assert.equal((await read(answer('m2', tokens(100, 10, 5, 0, 0, { total: 115 })))).tokens?.reasoning, 5);
      });

      it('has list prices, and its own figure only for models without one', async () => {
        const listed = await read(answer('m2', tokens(1_000_000, 0), [], { cost: 99 }));
        assert.ok(Math.abs((listed.costUsd ?? 0) - 1.25) < 1e-9);
        assert.equal((await read(answer('m2', tokens(1, 1), [], { cost: 0.5, modelID: 'mine' }))).costUsd, 0.5);
        assert.deepEqual((await read(answer('m2', tokens(1, 1), [], { cost: 0, modelID: 'mine' }))).unpricedModels, [
          'mine',
        ]);
      });

      it('takes for prompts only what a person typed', async () => {
        const added = user('m2', 'go on', 1, { synthetic: true });
        assert.equal((await read(user('m1', 'hi'), added, user('m3', 'ho', 2))).prompts, 2);
      });

      it('counts failed calls of the model, not those that a person stopped', async () => {
        const failed = (id: string, name: string): Message => answer(id, undefined, [], { error: { name } });
        assert.equal((await read(failed('m1', 'APIError'), failed('m2', 'MessageAbortedError'))).apiErrors, 1);
      });

      it('counts sub-agents with their session, and alone where that is gone', async () => {
        const child: Given = { id: 'c', parentId: 's', messages: [user('x1', 'do it'), answer('x2', tokens(7, 1))] };
        const session = await (await fill(new Bench(), [SESSION, child])).only();
        assert.deepEqual([session.prompts, session.tokens?.input, session.subagentTokens?.input], [1, 157, 7]);
        assert.equal((await (await fill(new Bench(), [child])).only()).id, 'c');
      });

      it('counts of a fork only what follows the copied messages, which are older than it', async () => {
        const fork: Given = { id: 'f', created: 60, messages: [user('f1', 'Grüße 👋'), user('f2', 'and now?', 61)] };
        const sessions = await (await fill(new Bench(), [SESSION, fork])).scan();
        assert.deepEqual(sessions.map(({ id, prompts }) => [id, prompts]).sort(), [
          ['f', 1],
          ['s', 1],
        ]);
      });

      it('knows no session of another folder', async () => {
        assert.deepEqual(await (await fill(new Bench(), [{ ...SESSION, directory: '/home/ada/shop2' }])).scan(), []);
      });

      it('follows links to the workspace', async () => {
        const bench = await fill(new Bench(), [{ ...SESSION, directory: '/link' }]);
        bench.files.links.set('/link', WORKSPACE);
        assert.equal((await bench.only()).prompts, 1);
      });

      it('is named by its first prompt while it has no title', async () => {
        const title = 'New session - 2026-03-04T09:00:00.000Z';
        assert.equal((await (await fill(new Bench(), [{ ...SESSION, title }])).only()).title, 'Grüße 👋');
      });

      it('is live for some minutes', async () => {
        const bench = await fill(new Bench({ liveMinutes: 10 }), [SESSION]);
        assert.equal((await bench.only(START + 60_000)).endedAt, undefined);
        assert.equal((await bench.only()).endedAt, START + 2000);
      });

      it('is read again only where it changed', async () => {
        const bench = await fill(new Bench(), [SESSION]);
        const first = await bench.only();
        bench.files.forgetCounts();
        assert.deepEqual(await bench.only(), first);
        assert.equal(bench.files.bytesRead, 0);
      });
    });
  }

  it('counts a message that is in files and in the database once', async () => {
    const bench = await new Bench().put([SESSION]);
    bench.store([{ ...SESSION, messages: [...SESSION.messages, answer('m0', tokens(3, 1))] }]);
    assert.equal((await bench.only()).tokens?.input, 153);
  });

  it('reads the databases of all channels and the one that is named', async () => {
    const other = (id: string): Given => ({ id, messages: [user(`${id}1`, 'hi')] });
    const bench = new Bench({ environment: { home: '/home/ada', OPENCODE_DB: 'mine.sqlite' } });
    await bench.put([other('a')]);
    await bench.put([other('b')], `${DATA}/opencode-dev.db`);
    await bench.put([other('c')], `${DATA}/mine.sqlite`);
    await bench.put([other('d')], `${DATA}/backup.db`);
    assert.deepEqual((await bench.scan()).map(({ id }) => id).sort(), ['a', 'b', 'c']);
  });

  it('may be somewhere else, or nowhere', async () => {
    const bench = new Bench({ environment: { home: '/x', XDG_DATA_HOME: '/home/ada/.local/share' } });
    assert.deepEqual([await bench.scan(), bench.problems], [[], []]);
    assert.equal((await (await bench.put([SESSION])).scan()).length, 1);
  });
});

describe('OpenCode’s database', function () {
  this.timeout(20_000);

  /** A log with all pages of `after`, as if the last transaction had written them. */
  const walFor = (after: Buffer): Buffer => {
    const wal = new Wal(PAGE);
    const pages = after.length / PAGE;
    for (let i = 0; i < pages; i++) {
      wal.frame(i + 1, after.subarray(i * PAGE, (i + 1) * PAGE), i + 1 === pages ? pages : 0);
    }
    return wal.bytes;
  };

  it('counts what is only in the log, and leaves nothing behind', async () => {
    const bench = new Bench();
    const before = await bench.image([{ ...SESSION, messages: [] }]);
    before[18] = 2;
    before[19] = 2;
    bench.files.write(DB, before);
    bench.files.write(`${DB}-wal`, walFor(await bench.image([SESSION])));
    assert.equal((await bench.only()).tokens?.input, 150);
    assert.deepEqual((await bench.files.list(DATA)).map(({ name }) => name).sort(), ['opencode.db', 'opencode.db-wal']);
  });

  it('is read again when the log grew', async () => {
    const bench = await new Bench().put([{ ...SESSION, messages: [user('m1', 'hi')] }]);
    assert.equal((await bench.only()).tokens, undefined);
    bench.files.write(`${DB}-wal`, walFor(await bench.image([SESSION])));
    assert.equal((await bench.only()).tokens?.input, 150);
  });

  it('is read again while it changes under the reader, and kept as it was where it never rests', async () => {
    const bench = await new Bench().put([SESSION]);
    const image = await bench.image([SESSION, { ...SESSION, id: 't', messages: [user('t1', 'hi')] }]);
    let changes = 1;
    const open = bench.files.open.bind(bench.files);
    bench.files.open = (file) => {
      if (changes-- > 0) {
        bench.files.write(DB, image);
      }
      return open(file);
    };
    assert.equal((await bench.scan()).length, 2);
    changes = 100;
    bench.files.write(DB, image);
    assert.equal((await bench.scan()).length, 2);
    assert.match(bench.problems.join(), /faster/);
  });

  it('that is too large is not read, and said so', async () => {
    const bench = await new Bench({ maxDatabaseBytes: 1000 }).put([SESSION]);
    assert.deepEqual(await bench.scan(), []);
    assert.match(bench.problems.join(), /more than 1000/);
    assert.equal(bench.files.bytesRead, 0);
  });

  it('with rows that are no JSON gives the others', async () => {
    const bench = new Bench();
    const bad =
      "INSERT INTO message VALUES ('bad', 's', 0, 0, '{'), ('worse', 's', 0, 0, x'ff00'), ('list', 's', 0, 0, '[]')";
    bench.files.write(DB, await bench.image([SESSION], bad));
    assert.equal((await bench.only()).tokens?.input, 150);
    assert.match(bench.problems.join(), /3 unreadable rows/);
  });

  it('with views or computed columns in place of plain tables runs none of them', async () => {
    const bench = new Bench();
    const endless = `DROP TABLE session; CREATE VIEW session AS
      WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n`;
    const computed = `DROP TABLE part; CREATE TABLE part (id TEXT, message_id TEXT, session_id TEXT,
      data TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000))) VIRTUAL); INSERT INTO part (id) VALUES ('p')`;
    const messages = endless.replaceAll('session', 'message');
    for (const [sql, table] of [
      [endless, 'session'],
      [messages, 'message'],
      [computed, 'part'],
    ] as const) {
      bench.files.write(DB, await bench.image([SESSION], sql));
      assert.deepEqual(await bench.scan(), []);
      assert.match(bench.problems.join(), new RegExp(`: ${table} is no plain table`));
    }
  });

  it('is not opened, nor its log, where there is something else than a file', async () => {
    for (const name of [DB, `${DB}-wal`]) {
      const bench = new Bench();
      await bench.put([SESSION]);
      bench.files.write(`${DB}-wal`, '');
      const stat = bench.files.stat.bind(bench.files);
      bench.files.stat = async (path) => ({ ...(await stat(path)), isFile: path !== name });
      assert.deepEqual(await bench.scan(), []);
      assert.deepEqual(bench.problems, [`${DB}: ${name} is no file`]);
      assert.deepEqual(bench.files.opened, []);
    }
  });

  it('without some columns is read as far as it goes', async () => {
    const bench = new Bench();
    bench.files.write(
      DB,
      await bench.image([SESSION], 'ALTER TABLE part DROP COLUMN time_updated; ALTER TABLE session DROP COLUMN title'),
    );
    assert.equal((await bench.only()).tokens?.input, 150);
  });

  it('may be damaged anywhere', async () => {
    const bench = new Bench();
    const image = await bench.image([SESSION]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { maxLength: 20 }),
        fc.nat(image.length),
        async (changes, length) => {
          const damaged = Buffer.from(image);
          for (const [place, byte] of changes) {
            damaged[place] = byte;
          }
          bench.files.write(DB, damaged.subarray(0, length));
          for (const { tokens: found } of await bench.scan()) {
            assert.ok(
              found === undefined || Object.values(found).every((count) => Number.isSafeInteger(count) && count >= 0),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that cannot be read without SQLite says so', async () => {
    const bench = await new Bench({ loadWasm: () => Promise.reject(new Error('no wasm')) }).put([SESSION]);
    assert.deepEqual(await bench.scan(), []);
    assert.match(bench.problems.join(), /no wasm/);
  });
});

describe('OpenCode’s files', () => {
  it('without a session file belong where the agent worked', async () => {
    const bench = new Bench();
    const data = { id: 'm', sessionID: 's', role: 'assistant', time: { created: START }, path: { cwd: WORKSPACE } };
    bench.files.write(`${DATA}/storage/message/s/m.json`, JSON.stringify(data));
    assert.equal((await bench.only()).workspaceFolder, WORKSPACE);
  });

  it('are not looked for where an id leads out of the folder', async () => {
    const bench = new Bench();
    const data = {
      id: '../../../secret',
      sessionID: 's',
      role: 'user',
      time: { created: START },
      path: { cwd: WORKSPACE },
    };
    bench.files.write(`${DATA}/storage/message/s/m.json`, JSON.stringify(data));
    bench.files.write('/home/ada/.local/share/secret/x.json', JSON.stringify({ type: 'tool' }));
    assert.equal((await bench.only()).toolCalls, 0);
  });

  it('that cannot be read are reported, the rest is read', async () => {
    const bench = new Bench().store([SESSION]);
    bench.files.write(`${DATA}/storage/message/s/torn.json`, '{"role":');
    assert.equal((await bench.only()).tokens?.input, 150);
    assert.equal(bench.problems.length, 1);
  });
});
