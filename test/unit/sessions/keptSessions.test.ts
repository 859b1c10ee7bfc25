import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import fsModule from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { HeadHistory } from '../../../src/git/headHistory';
import { IndexFile } from '../../../src/sessions/indexFile/indexFile';
import { KeptSessions } from '../../../src/sessions/indexFile/keptSessions';
import type { IndexedSession, SessionSource } from '../../../src/sessions/model';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import { SessionIndex } from '../../../src/sessions/sessionIndex';
import { StartCommits } from '../../../src/sessions/startCommits';
import { SEEDS } from '../../campaign/seeds/seeds';
import { LATER, START, WORKSPACE, type Seed } from '../../campaign/seeds/seed';
import { sourceOf } from '../../campaign/sources';
import { session } from './support/sessions';

/** Where each agent keeps its sessions in a form of its own; of agents with several forms one. */
const AGENTS = SEEDS.filter((seed, n) => SEEDS.findIndex(({ agent }) => agent === seed.agent) === n);

describe('sessions whose transcripts are deleted', function () {
  this.timeout(60_000);

  let root: string;
  let home: string;
  let folder: string;

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'kept-sessions-')));
    home = path.join(root, 'home');
    folder = path.join(root, 'index');
  });

  afterEach(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  const write = async (seed: Seed, name: string): Promise<string> => {
    for (const [file, content] of await seed.make(name)) {
      const target = path.join(home, file);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, content);
      fs.utimesSync(target, START / 1000, START / 1000);
    }
    return seed.id(name);
  };
  const indexOf = (sources: SessionSource[]): SessionIndex =>
    new SessionIndex(sources, { kept: new KeptSessions(folder, diskAccess) });
  /** A start of the editor, which reads these agents. */
  const started = (agents: readonly Seed[] = AGENTS): SessionIndex =>
    indexOf(agents.map(({ agent }) => sourceOf(agent, home, diskAccess)));
  const find = async (index: SessionIndex): Promise<IndexedSession[]> =>
    [...(await index.refresh([WORKSPACE], LATER))].sort((a, b) => (a.id < b.id ? -1 : 1));
  /** One look of a start of the editor, and its end. */
  const look = async (index: SessionIndex): Promise<IndexedSession[]> => {
    const found = await find(index);
    index.dispose();
    return found;
  };
  const asGone = (found: readonly IndexedSession[]): IndexedSession[] =>
    found.map((each) => {
      const gone: IndexedSession = { ...each, gone: true };
      delete gone.transcript;
      return gone;
    });
  const keptFile = (): string => path.join(folder, fs.readdirSync(folder)[0] ?? assert.fail('nothing was kept'));

  it('stay with all their numbers, of every agent, in this run and the next ones', async () => {
    for (const seed of AGENTS) await write(seed, 'one');
    const index = started();
    const before = await find(index);
    assert.deepEqual([...new Set(before.map(({ agent }) => agent))].sort(), AGENTS.map(({ agent }) => agent).sort());
    fs.rmSync(home, { recursive: true });
    const gone = asGone(before);
    assert.deepEqual(await find(index), gone);
    const again = await find(index);
    assert.ok(
      (await find(index)).every((each, n) => each === again[n]),
      'the same objects, so that nothing is sent again',
    );
    index.dispose();
    assert.deepEqual(await look(started()), gone);
    assert.deepEqual(await look(started()), gone);
    for (const seed of AGENTS) await write(seed, 'one');
    assert.deepEqual(await look(started()), before, 'and come back with their transcripts');
  });

  it('are not those of an agent that is switched off, which are there again when it is switched on', async () => {
    for (const seed of AGENTS) await write(seed, 'one');
    const before = await look(started());
    const [off, ...on] = AGENTS;
    assert.ok(off);
    assert.deepEqual(
      await look(started(on)),
      before.filter(({ agent }) => agent !== off.agent),
    );
    assert.deepEqual(await look(started()), before);
  });

  it('are not those of an agent that fails, or that could not read something', async () => {
    const transcript = path.join(root, 'one.jsonl');
    fs.writeFileSync(transcript, '');
    const one = session('one', { agent: 'any', workspaceFolder: WORKSPACE, transcript, endedAt: 0 });
    const other = session('other', {
      agent: 'any',
      workspaceFolder: WORKSPACE,
      transcript: `${root}/a.db`,
      endedAt: 0,
    });
    const source = (scan: SessionSource['scan']): SessionSource => ({ agent: 'any', watchFolders: () => [], scan });
    await look(indexOf([source(() => Promise.resolve([one, other]))]));
    assert.deepEqual(await look(indexOf([source(() => Promise.reject(new Error('broken')))])), [one, other]);
    const unsure = source((_folders, _now, problem) => {
      problem('locked');
      return Promise.resolve([]);
    });
    assert.deepEqual(await look(indexOf([unsure])), [one, other]);
    const none = source(() => Promise.resolve([]));
    assert.deepEqual(
      (await look(indexOf([none]))).map(({ id, gone }) => [id, gone]),
      [['other', true]],
      'a transcript that is there and gives no session has moved to another folder',
    );
    fs.rmSync(transcript);
    assert.deepEqual(
      (await look(indexOf([unsure]))).map(({ id, gone }) => [id, gone]),
      [
        ['one', true],
        ['other', true],
      ],
    );
  });

  it('are no longer live', async () => {
    const live = session('one', { agent: 'any', lastActiveAt: 7, liveBecause: 'running', liveUntil: 9 });
    const found: IndexedSession[] = [live];
    const index = indexOf([{ agent: 'any', watchFolders: () => [], scan: () => Promise.resolve([...found]) }]);
    assert.deepEqual(await find(index), [live]);
    found.pop();
    assert.deepEqual(await find(index), [session('one', { agent: 'any', lastActiveAt: 7, endedAt: 7, gone: true })]);
    index.dispose();
  });

  it('are kept by each window, also what only the other one has seen', async () => {
    const [first, second] = AGENTS;
    assert.ok(first && second);
    await write(first, 'one');
    const one = started([first, second]);
    await find(one);
    await write(second, 'two');
    const two = started([first, second]);
    assert.equal((await look(two)).length, 2);
    fs.rmSync(home, { recursive: true });
    await write(first, 'three');
    await look(one);
    assert.equal((await look(started([first, second]))).length, 3);
  });

  for (const [what, harm] of [
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
    ['with its last record overwritten', (bytes: Buffer) => bytes.fill('x', bytes.length - 20)],
  ] as const) {
    it(`lose no more than what was harmed in a file ${what}`, async () => {
      for (const name of ['one', 'two', 'three']) await write(AGENTS[0] ?? assert.fail(), name);
      const before = await look(started());
      fs.writeFileSync(keptFile(), harm(fs.readFileSync(keptFile())));
      fs.rmSync(home, { recursive: true });
      const left = await look(started());
      assert.equal(left.length, 2);
      assert.ok(left.every(({ id, prompts }) => before.find((each) => each.id === id)?.prompts === prompts));
    });
  }

  for (const [what, content] of [
    ['empty', ''],
    ['of NULs', '\0'.repeat(500)],
    ['of another version', 'Agent Experiments sessions of a folder, format 99\n'],
  ] as const) {
    it(`do no harm where the file is ${what}`, async () => {
      const id = await write(AGENTS[0] ?? assert.fail(), 'one');
      await look(started());
      fs.writeFileSync(keptFile(), content);
      const found = await look(started());
      assert.deepEqual(
        found.map((each) => [each.id, each.gone]),
        [[id, undefined]],
      );
      fs.rmSync(home, { recursive: true });
      assert.equal((await look(started()))[0]?.gone, true, 'and the file is made again');
    });
  }

  it('are told as not kept where the file cannot be written', async () => {
    const id = await write(AGENTS[0] ?? assert.fail(), 'one');
    fs.writeFileSync(folder, 'a file');
    const index = started();
    await look(index);
    assert.deepEqual(
      (await find(index)).map((each) => each.id),
      [id],
    );
    assert.match(index.problems.join(), /could not be kept/);
    index.dispose();
  });

  it('are not written over where the file cannot be read', async () => {
    const none: SessionSource = { agent: 'any', watchFolders: () => [], scan: () => Promise.resolve([]) };
    const has = (name: string): SessionSource => ({
      ...none,
      scan: () => Promise.resolve([session(name, { agent: 'any' })]),
    });
    await look(indexOf([has('one')]));
    const before = fs.readFileSync(keptFile());
    const { openSync } = fsModule;
    fsModule.openSync = (...args) => {
      if (args[1] === 'r') throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
      return openSync(...args);
    };
    const index = indexOf([has('two')]);
    try {
      await look(index);
    } finally {
      fsModule.openSync = openSync;
    }
    assert.deepEqual(fs.readFileSync(keptFile()), before);
    await find(index);
    assert.match(index.problems.join(), /could not be kept: EMFILE/);
    index.dispose();
    assert.deepEqual((await find(indexOf([none]))).map(({ id }) => id).sort(), ['one', 'two']);
  });

  it('are as they were where the disk takes only a part of what is written', async function () {
    if (process.platform === 'win32') this.skip();
    const any: SessionSource = { agent: 'any', watchFolders: () => [], scan: () => Promise.resolve([session('one')]) };
    await look(indexOf([any]));
    const before = fs.readFileSync(keptFile());
    const program = `
      const { IndexFile } = require(${JSON.stringify(require.resolve('../../../src/sessions/indexFile/indexFile'))});
      const file = new IndexFile(${JSON.stringify(keptFile())}, 'first');
      try { file.save(Array.from({ length: 8 }, () => ['x'.repeat(100_000)])); console.log('saved'); }
      catch (error) { console.log(error.code); }`;
    // A process whose files must not be longer than 700 KB: the last call writes a part, the next one fails.
    const limited = `trap '' XFSZ; ulimit -f 700; exec "$0" -r tsx/cjs -e "$1"`;
    const output = execFileSync('bash', ['-c', limited, process.execPath, program], { encoding: 'utf8' });
    assert.equal(output.trim(), 'EFBIG');
    assert.deepEqual(fs.readFileSync(keptFile()), before);
    assert.equal(fs.readdirSync(folder).length, 1);
  });

  it('are found wherever their text names them, the latest of two texts, and no text that is none of a session', async () => {
    const texts = [
      session('one', { lastActiveAt: 5, endedAt: 5, prompts: 1 }),
      session('one', { lastActiveAt: 9, endedAt: 9, prompts: 2 }),
      session('one', { lastActiveAt: 7, endedAt: 7, prompts: 3 }),
    ].map((each) => JSON.stringify({ ...each, agent: 'any' }));
    const { id, ...rest } = session('a "quoted" one', { agent: 'any', lastActiveAt: 3, endedAt: 3 });
    texts.push(JSON.stringify({ ...rest, id }), '{"id":"two","agent":"any"}', '{"id":"three"', '{}', '');
    const none: SessionSource = { agent: 'any', watchFolders: () => [], scan: () => Promise.resolve([]) };
    await look(indexOf([{ ...none, scan: () => Promise.resolve([session('gone', { agent: 'any' })]) }]));
    const name = 'Agent Experiments sessions of a folder, format 1';
    new IndexFile(keptFile(), name).save(texts.map((text) => [text]));
    const found = await look(indexOf([none]));
    assert.deepEqual(
      found.map((each) => [each.id, each.prompts]),
      [
        [id, 0],
        ['one', 2],
      ],
    );
  });

  it('keep the commit that they started from', async () => {
    const one = session('one', { agent: 'any', workspaceFolder: root, startCommit: 'c0ffee', endedAt: 0 });
    const { startCommit, ...without } = one;
    const source = (found: IndexedSession): SessionSource => ({
      agent: 'any',
      watchFolders: () => [],
      scan: () => Promise.resolve([found]),
    });
    const indexed = (found: IndexedSession): SessionIndex =>
      new SessionIndex([source(found)], {
        starts: new StartCommits(new HeadHistory(diskAccess)),
        kept: new KeptSessions(folder, diskAccess),
      });
    await look(indexed(one));
    assert.deepEqual(
      (await look(indexed(without))).map((each) => each.startCommit),
      [startCommit],
    );
  });

  it('are the newest ten thousand of a folder', async () => {
    const many = Array.from({ length: 10_050 }, (_, n) => session(`s${n}`, { agent: 'any', lastActiveAt: n }));
    const source = (found: IndexedSession[]): SessionSource => ({
      agent: 'any',
      watchFolders: () => [],
      scan: () => Promise.resolve(found),
    });
    await look(indexOf([source(many)]));
    const left = await look(indexOf([source([])]));
    assert.equal(left.length, 10_000);
    assert.ok(left.every(({ lastActiveAt }) => lastActiveAt >= 50));
  });
});
