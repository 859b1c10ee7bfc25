import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { build } from 'esbuild';
import { writeSessionCorpus } from '../../../scripts/demo/claudeSessions';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import { SessionIndex } from '../../../src/sessions/sessionIndex';
import { createSources, type SourceSettings } from '../../../src/sessions/sources';
import { ReceivedSessions, SentSessions } from '../../../src/sessions/worker/changes';
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

  it('is replaced when it ends, and the request is repeated', async () => {
    const crashOnce = program(
      'crashOnce.js',
      `const { parentPort } = require('node:worker_threads'); const fs = require('node:fs');
       const mark = ${JSON.stringify(path.join(root, 'crashed'))};
       parentPort.on('message', ({ request }) => {
         const answer = (ids) => parentPort.postMessage({ request, ids, changed: ids.map((id) => ({ id })), problems: [], watchFolders: [] });
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

  it('that ends each time leaves the last sessions, and this thread unharmed', async () => {
    const crashLater = program(
      'crashLater.js',
      `const { parentPort } = require('node:worker_threads');
       parentPort.on('message', ({ request }) => {
         if (request > 1) process.exit(3);
         parentPort.postMessage({ request, ids: ['kept'], changed: [{ id: 'kept' }], problems: [], watchFolders: [] });
       });`,
    );
    const index = open(crashLater);
    await index.refresh([], NOW);
    assert.deepEqual(
      (await index.refresh([], NOW)).map(({ id }) => id),
      ['kept'],
    );
    assert.match(index.problems.join(), /exit code 3/);
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
