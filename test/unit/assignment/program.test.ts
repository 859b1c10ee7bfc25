import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { TEST_ANSWER } from '../../../src/assignment/answer';
import { TEST_SOURCE } from '../../../src/assignment/hookInput';
import { Engine } from '../../../src/store/engine';
import {
  buildPrograms,
  givenText,
  runProgram,
  type BuiltPrograms,
  type Ended,
} from '../../campaign/assignments/program';
import {
  CONTROL_TEXT,
  killedStarts,
  manyStarts,
  runningExperiment,
  TREATMENT_TEXT,
} from '../../campaign/assignments/starts';

const SEED = 20_261_123;
const silent: Ended = { code: 0, output: '', errors: '' };

describe('the session-start program', function () {
  this.timeout(180_000);
  let built: BuiltPrograms;
  let folder: string;
  let storage: string;

  before(() => {
    built = buildPrograms();
  });
  after(() => {
    built.remove();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'experiments-program-'));
    storage = path.join(folder, 'storage');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (sessionId: string, change: { source?: string; folder?: string; agent?: string } = {}): Promise<Ended> =>
    runProgram(built.program, { storage, folder, sessionId, ...change });
  const log = (): string => {
    const file = path.join(storage, 'session-start.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };

  const takeLog = (): string => {
    const text = log();
    rmSync(path.join(storage, 'session-start.log'), { force: true });
    return text;
  };

  it('gives the text of the variant that it drew, and the same when the session goes on', async () => {
    const store = await runningExperiment(storage, built.wasm);
    for (const sessionId of ['s1', 's2', 's3']) {
      const { code, output, errors } = await run(sessionId);
      assert.deepEqual([code, errors], [0, '']);
      const assignment = (await store.read()).assignments.get('e1')?.get(sessionId);
      const text = assignment?.variant === 'Treatment' ? TREATMENT_TEXT : CONTROL_TEXT;
      assert.equal(givenText(output), text);
      assert.ok(assignment?.deliveredAt !== undefined);
      for (const source of ['resume', 'compact'])
        assert.equal(givenText((await run(sessionId, { source })).output), text);
      assert.deepEqual(await run(sessionId), silent, 'a second registration for the same start says nothing twice');
    }
    assert.equal((await store.read()).assignments.get('e1')?.size, 3);
    store.dispose();
    assert.equal(log(), '');
  });

  it('says nothing for sessions of no experiment, and draws nothing', async () => {
    const store = await runningExperiment(storage, built.wasm);
    assert.deepEqual(await run('s1', { source: 'resume' }), silent);
    await store.transition('e1', 'conclude');
    assert.deepEqual(await run('s2'), silent);
    assert.equal((await store.read()).assignments.size, 0);
    store.dispose();
  });

  it('answers the question whether all is in place', async () => {
    const store = await runningExperiment(storage, built.wasm);
    store.dispose();
    assert.deepEqual(JSON.parse((await run('s1', { source: TEST_SOURCE })).output), {
      [TEST_ANSWER]: { status: 'ready', experiments: ['One sentence'] },
    });
  });

  it('lets the session start unharmed where there is no database, and makes none', async () => {
    assert.deepEqual(await run('s1'), silent);
    assert.equal(existsSync(storage), false);
  });

  it('lets the session start unharmed where the database is damaged, newer or not to be read, and leaves it alone', async () => {
    const file = path.join(storage, 'experiments.db');
    const newer = (await Engine.load(() => readFileSync(built.wasm))).open();
    newer.script('PRAGMA user_version = 999; CREATE TABLE experiments(a)');
    const contents: Record<string, Uint8Array> = {
      damaged: Buffer.from('not a database'),
      empty: Buffer.alloc(0),
      newer: newer.export(),
    };
    for (const [name, bytes] of Object.entries(contents)) {
      mkdirSync(storage, { recursive: true });
      writeFileSync(file, bytes);
      assert.deepEqual(await run('s1'), silent, name);
      assert.deepEqual(readFileSync(file), Buffer.from(bytes), name);
      assert.match(takeLog(), /codex .*experiments\.db/, name);
    }
    rmSync(file);
    mkdirSync(file);
    assert.deepEqual(await run('s1'), silent, 'a folder in its place');
    assert.match(takeLog(), /codex .*experiments\.db/);
    assert.deepEqual(readdirSync(storage), ['experiments.db'], 'nothing else is left');
  });

  it('lets the session start unharmed where it cannot write, and says why in the log', async () => {
    const store = await runningExperiment(storage, built.wasm);
    store.dispose();
    // Also for root, whom no permission stops: a file where the lock's folder should be.
    writeFileSync(path.join(storage, 'experiments.db.lock'), '');
    const before = readFileSync(path.join(storage, 'experiments.db'));
    assert.deepEqual(await run('s1'), silent);
    assert.deepEqual(readFileSync(path.join(storage, 'experiments.db')), before);
    assert.match(log(), /codex .*lock/);
    if (process.platform !== 'win32' && process.getuid?.() !== 0) {
      rmSync(path.join(storage, 'experiments.db.lock'));
      chmodSync(storage, 0o500);
      assert.deepEqual(await run('s2'), silent);
      chmodSync(storage, 0o700);
    }
  });

  it('says nothing to an input that it does not know', async () => {
    const store = await runningExperiment(storage, built.wasm);
    assert.deepEqual(await run(''), silent);
    assert.deepEqual(await run('s1', { folder: 'not/absolute' }), silent);
    assert.equal((await store.read()).assignments.size, 0);
    store.dispose();
    assert.match(log(), /names no session/);
  });

  it('draws once for each of 160 sessions that four processes start at once', async () => {
    console.log(`      seed ${SEED}`);
    await manyStarts({ storage, folder, processes: 4, starts: 160, seed: SEED, built });
  });

  it('leaves no session with a text and no assignment, killed at 25 random moments', async () => {
    console.log(`      seed ${SEED}`);
    const ends = await killedStarts({ storage, folder, kills: 25, seed: SEED, built });
    console.log(`      ${JSON.stringify(ends)}`);
    assert.ok(ends['killed'] !== undefined && ends['killed'] > 0, 'some were killed');
  });
});
