import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from 'esbuild';
import { writeSessionCorpus } from '../../../scripts/demo/claudeSessions';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import { SessionIndex } from '../../../src/sessions/sessionIndex';
import { createSources, type SourceSettings } from '../../../src/sessions/sources';
import { pack, ReceivedSessions, SentSessions, unpack } from '../../../src/sessions/worker/changes';
import { WorkerIndex } from '../../../src/sessions/worker/workerIndex';
import { session } from './support/sessions';

const NOW = Date.UTC(2026, 5, 1);

describe('the thread that reads sessions', function () {
  this.timeout(60_000);

  let root: string;
  let settings: SourceSettings;
  let workspace: string;
  const opened: WorkerIndex[] = [];

  const open = (file: string): WorkerIndex => {
    const inProcess = (): SessionIndex => new SessionIndex(createSources(settings, diskAccess));
    const index = new WorkerIndex({ file, settings, inProcess });
    opened.push(index);
    return index;
  };
  const program = (name: string, text: string): string => {
    const file = path.join(root, name);
    fs.writeFileSync(file, text);
    return file;
  };

  before(async () => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'session-worker-')));
    workspace = path.join(root, 'shop');
    const claudeConfigDir = path.join(root, 'claude');
    settings = {
      environment: { CLAUDE_CONFIG_DIR: claudeConfigDir },
      home: path.join(root, 'home'),
      editorSessionsFolder: path.join(root, 'editor'),
      wasmFile: require.resolve('sql.js/dist/sql-wasm.wasm'),
    };
    fs.mkdirSync(workspace);
    await writeSessionCorpus({ claudeConfigDir, cwd: workspace, count: 12, bytesEach: 40_000, now: NOW });
    await build({
      entryPoints: [path.join(__dirname, '../../../src/sessions/worker/sessionWorker.ts')],
      outfile: path.join(root, 'sessionWorker.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
    });
  });

  afterEach(() => {
    for (const index of opened.splice(0)) index.dispose();
  });

  after(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  const worker = (): string => path.join(root, 'sessionWorker.js');
  const expected = (): Promise<unknown> =>
    new SessionIndex(createSources(settings, diskAccess)).refresh([workspace], NOW);

  it('finds what is found without it, and says what to watch', async () => {
    const index = open(worker());
    const found = await index.refresh([workspace], NOW);
    assert.equal(found.length, 12);
    assert.deepEqual(found, await expected());
    assert.equal(await index.refresh([workspace], NOW), found, 'the same list where nothing changed');
    assert.deepEqual(index.get(found[3]?.id ?? ''), found[3]);
    assert.ok(index.watchFolders([workspace]).some((folder) => folder.endsWith('projects')));
    assert.deepEqual(index.problems, []);
  });

  it('serves calls during a run by one following run', async () => {
    const index = open(worker());
    const [first, second, third] = await Promise.all([
      index.refresh([], NOW),
      index.refresh([root], NOW),
      index.refresh([workspace], NOW),
    ]);
    assert.deepEqual([first.length, second.length, third.length], [0, 12, 12]);
  });

  it('is not replaced by the thread of its caller when it is closed before its first answer', async () => {
    let made = 0;
    const inProcess = (): SessionIndex => {
      made += 1;
      return new SessionIndex(createSources(settings, diskAccess));
    };
    const index = new WorkerIndex({ file: worker(), settings, inProcess });
    const asked = index.refresh([workspace], NOW);
    index.dispose();
    assert.deepEqual(await asked, []);
    assert.equal(made, 0);
  });

  it('is replaced when it ends, and the request is repeated', async () => {
    const crashOnce = program(
      'crashOnce.js',
      `const { parentPort } = require('node:worker_threads'); const fs = require('node:fs');
       const mark = ${JSON.stringify(path.join(root, 'crashed'))};
       parentPort.on('message', ({ request }) => {
         const packets = (ids) => [require('node:v8').serialize(ids.map((id) => ({ id })))];
         const answer = (ids) => parentPort.postMessage({ request, ids, packets: packets(ids), problems: [], watchFolders: [] });
         if (request === 1) answer(['kept']);
         else if (fs.existsSync(mark)) answer(['new']);
         else { fs.writeFileSync(mark, ''); throw new Error('boom'); }
       });`,
    );
    const index = open(crashOnce);
    assert.deepEqual(
      (await index.refresh([], NOW)).map(({ id }) => id),
      ['kept'],
    );
    assert.deepEqual(
      (await index.refresh([], NOW)).map(({ id }) => id),
      ['new'],
    );
    assert.equal(index.problems.length, 1);
    assert.match(index.problems[0] ?? '', /boom/);
  });

  /** The real program, but the thread ends as soon as it opens a transcript while the file `armed` is there. */
  const crashing = (name: string): { file: string; arm: () => void; disarm: () => void } => {
    const armed = path.join(root, `${name}-armed`);
    const file = program(
      `${name}.js`,
      `const fs = require('node:fs');
       const { openSync } = fs;
       fs.openSync = (file, ...more) => {
         if (String(file).endsWith('.jsonl') && fs.existsSync(${JSON.stringify(armed)})) {
           ${name === 'once' ? `fs.rmSync(${JSON.stringify(armed)});` : ''}
           process.exit(7);
         }
         return openSync(file, ...more);
       };
       require('./sessionWorker.js');`,
    );
    return {
      file,
      arm: () => {
        fs.writeFileSync(armed, '');
      },
      disarm: () => {
        fs.rmSync(armed, { force: true });
      },
    };
  };
  /** Makes the first session a prompt longer. */
  const grow = (text: string): void => {
    const projects = path.join(root, 'claude', 'projects');
    const project = path.join(projects, fs.readdirSync(projects)[0] ?? '');
    const file = path.join(project, fs.readdirSync(project).sort()[0] ?? '');
    const sessionId = path.basename(file, '.jsonl');
    const message = { role: 'user', content: text };
    const record = {
      type: 'user',
      uuid: text,
      sessionId,
      cwd: workspace,
      timestamp: new Date(NOW).toISOString(),
      message,
    };
    fs.appendFileSync(file, `${JSON.stringify(record)}\n`);
  };
  const prompts = (sessions: readonly { prompts: number }[]): number =>
    sessions.reduce((sum, session) => sum + session.prompts, 0);

  it('that ends in the middle of a refresh is replaced, and the sessions are those of this thread', async () => {
    const { file, arm } = crashing('once');
    const index = open(file);
    const before = prompts(await index.refresh([workspace], NOW));
    grow('one more');
    arm();
    const found = await index.refresh([workspace], NOW);
    assert.match(index.problems.join(), /exit code 7/);
    assert.deepEqual(found, await expected());
    assert.equal(prompts(found), before + 1);
    assert.deepEqual(await index.refresh([workspace], NOW), found);
    assert.deepEqual(index.problems, []);
  });

  it('that always ends in the middle keeps the last sessions, and finds the rest once it does not', async () => {
    const { file, arm, disarm } = crashing('always');
    const index = open(file);
    const before = await index.refresh([workspace], NOW);
    grow('yet another');
    arm();
    assert.deepEqual(await index.refresh([workspace], NOW), before);
    assert.equal(index.problems.length, 2);
    disarm();
    const found = await index.refresh([workspace], NOW);
    assert.deepEqual(found, await expected());
    assert.equal(prompts(found), prompts(before) + 1);
  });

  it('that ends in the middle of its first refresh is done without', async () => {
    const { file, arm, disarm } = crashing('first');
    arm();
    const index = open(file);
    assert.deepEqual(await index.refresh([workspace], NOW), await expected());
    assert.match(index.problems.join(), /exit code 7/);
    disarm();
  });

  it('heeds the settings that it is opened with, as this thread does', async () => {
    const all = settings;
    const folder = path.join(root, 'claude');
    try {
      for (const [change, count] of [
        [{ disabledAgents: ['claude-code'] }, 0],
        [{ environment: {} }, 0],
        [{ environment: {}, claudeFolder: folder }, 12],
        [{ liveMinutes: 10_000_000 }, 12],
      ] as const) {
        settings = { ...all, ...change };
        const found = await open(worker()).refresh([workspace], NOW);
        assert.equal(found.length, count, JSON.stringify(change));
        assert.deepEqual(found, await expected());
        const live = found.filter(({ liveBecause }) => liveBecause !== undefined);
        assert.equal(live.length === 12, 'liveMinutes' in change);
      }
    } finally {
      settings = all;
    }
  });

  it('that ends each time leaves the last sessions, and this thread unharmed', async () => {
    const crashLater = program(
      'crashLater.js',
      `const { parentPort } = require('node:worker_threads');
       parentPort.on('message', ({ request }) => {
         if (request > 1) process.exit(3);
         const packets = [require('node:v8').serialize([{ id: 'kept' }])];
         parentPort.postMessage({ request, ids: ['kept'], packets, problems: ['x'], failures: [], watchFolders: [] });
       });`,
    );
    const index = open(crashLater);
    await index.refresh([], NOW);
    assert.deepEqual([index.problems, index.failures], [['x'], []]);
    assert.deepEqual(
      (await index.refresh([], NOW)).map(({ id }) => id),
      ['kept'],
    );
    assert.match(index.problems.join(), /exit code 3/);
    assert.match(index.failures.join(), /exit code 3/);
  });

  for (const [what, text] of [
    ['is not there', undefined],
    ['fails to load', 'throw new Error("no");'],
    ['ends before its first answer', 'process.exit(0);'],
  ] as const) {
    it(`that ${what} is done without`, async () => {
      const index = open(text === undefined ? path.join(root, 'none.js') : program('broken.js', text));
      assert.deepEqual(await index.refresh([workspace], NOW), await expected());
      assert.equal(index.problems.length, 1);
      await index.refresh([workspace], NOW);
      assert.deepEqual(index.problems, []);
      assert.ok(index.watchFolders([workspace]).length > 0);
    });
  }

  it('sends any number of sessions as they are', async () => {
    for (const count of [0, 1, 99, 100, 101, 750]) {
      const sessions = Array.from({ length: count }, (_, n) => session(`s${n}`, { startedAt: n, title: `«${n}»\n` }));
      assert.deepEqual(await unpack(structuredClone(pack(sessions))), sessions);
    }
  });

  it('sends only what changed', () => {
    const sent = new SentSessions();
    const received = new ReceivedSessions();
    const pass = (...sessions: ReturnType<typeof session>[]): number => {
      const changes = sent.changes(sessions);
      received.apply(structuredClone(changes));
      assert.deepEqual(received.sessions, sessions);
      return changes.changed.length;
    };
    assert.equal(pass(), 0);
    assert.equal(pass(session('a'), session('b')), 2);
    assert.equal(pass(session('a'), session('b')), 0);
    assert.equal(pass(session('b', { prompts: 1 }), session('a')), 1);
    assert.equal(pass(session('b', { prompts: 1 })), 0);
    assert.equal(received.get('a'), undefined);
    assert.equal(pass(session('a'), session('b', { prompts: 1 })), 1);
    assert.equal(pass(), 0);
  });
});
