import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { hookCommand, writeLauncher } from '../../../src/assignment/launcher';
import { Engine } from '../../../src/store/engine';
import { buildPrograms, givenText, type BuiltPrograms } from '../../campaign/assignments/program';
import { CONTROL_TEXT, runningExperiment, TREATMENT_TEXT } from '../../campaign/assignments/starts';

const AT = '2026-01-05T09:00:00.000Z';
type Input = Record<string, unknown>;

/** What each agent documents to say at the start of a session: as a function of the session, its folder and the occasion. */
const SHAPES: Record<string, (id: string, cwd: string, source: string) => Input> = {
  'claude-code': (session_id, cwd, source) => {
    return { session_id, transcript_path: `${cwd}/t.jsonl`, cwd, hook_event_name: 'SessionStart', source, model: 'm' };
  },
  codex: (session_id, cwd, source) => {
    return {
      ...{ session_id, transcript_path: null, cwd, hook_event_name: 'SessionStart' },
      ...{ model: 'm', permission_mode: 'default', source },
    };
  },
  gemini: (session_id, cwd, source) => {
    return {
      ...{ session_id, transcript_path: `${cwd}/t.json`, cwd },
      ...{ hook_event_name: 'SessionStart', timestamp: AT, source },
    };
  },
  'copilot-chat': (sessionId, cwd, source) => {
    return {
      ...{ timestamp: AT, cwd, sessionId, hookEventName: 'SessionStart' },
      ...{ transcript_path: `${cwd}/t.jsonl`, source },
    };
  },
};
const BEGINS: Record<string, string[]> = {
  'claude-code': ['startup', 'clear'],
  codex: ['startup', 'clear'],
  gemini: ['startup', 'clear'],
  'copilot-chat': ['new'],
};
/** The agent tells its session of one of these occasions again, and it gets its text again. */
const GOES_ON: Record<string, string[]> = {
  'claude-code': ['resume', 'compact'],
  codex: ['resume', 'compact'],
  gemini: ['resume'],
  'copilot-chat': ['resume'],
};
/** Every sign that means something to a shell, in one name. */
const ODD = 'a b\'c"d$HOME`touch gone`;größe 日本';

const posix = process.platform === 'win32' ? describe.skip : describe;

posix('the hook as an agent runs it: a shell, the launcher, the program, the file', function () {
  this.timeout(180_000);
  let built: BuiltPrograms;
  let folder: string;
  let storage: string;
  let command: (agent: string) => string;

  before(() => {
    built = buildPrograms();
  });
  after(() => {
    built.remove();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'experiments-shapes-'));
    storage = path.join(folder, ODD);
    mkdirSync(storage);
    install(built.program);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function install(program: string): void {
    const launcher = writeLauncher({ storage, program, runtime: process.execPath, platform: process.platform });
    command = (agent) => hookCommand(launcher, agent, process.platform);
  }
  function start(agent: string, input: Input): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command(agent)], {
      cwd: folder,
      input: JSON.stringify(input),
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }
  function text(agent: string, input: Input): string | undefined {
    const { status, stdout, stderr } = start(agent, input);
    assert.deepEqual([status, stderr], [0, '']);
    return givenText(stdout);
  }
  const work = (): string => path.join(folder, 'it\'s $HOME "größe"');

  for (const [agent, shape] of Object.entries(SHAPES)) {
    it(`draws for a session of ${agent} that begins, and gives it the same text when it goes on`, async () => {
      const store = await runningExperiment(storage, built.wasm);
      for (const begins of BEGINS[agent] ?? []) {
        const id = `${agent}-${begins}`;
        const given = text(agent, shape(id, work(), begins));
        const drawn = (await store.read()).assignments.get('e1')?.get(id);
        assert.deepEqual([drawn?.agent, drawn?.source], [agent, 'hook'], begins);
        assert.equal(given, drawn?.variant === 'Treatment' ? TREATMENT_TEXT : CONTROL_TEXT);
        assert.ok(drawn?.deliveredAt !== undefined);
        for (const goesOn of GOES_ON[agent] ?? []) {
          assert.equal(text(agent, shape(id, work(), goesOn)), given, goesOn);
          assert.equal(text(agent, shape(`${agent}-unknown`, work(), goesOn)), undefined, 'one that was not drawn');
        }
      }
      assert.equal((await store.read()).assignments.get('e1')?.size, BEGINS[agent]?.length);
      store.dispose();
    });
  }

  it('says nothing to an agent that names no session, as Copilot CLI does', async () => {
    const store = await runningExperiment(storage, built.wasm);
    const said = { timestamp: Date.parse(AT), cwd: work(), source: 'new', initialPrompt: '$(touch gone)' };
    assert.deepEqual(start('copilot-chat', said), silent);
    assert.equal((await store.read()).assignments.size, 0);
    store.dispose();
  });

  const silent = { status: 0, stdout: '', stderr: '' };
  const sessions = Object.entries(SHAPES).map(
    ([agent, shape]) => [agent, shape('s1', '/w', BEGINS[agent]?.[0] ?? '')] as const,
  );

  it('lets every session start with no error and no text where the extension is gone', async () => {
    (await runningExperiment(storage, built.wasm)).dispose();
    install(path.join(folder, 'uninstalled', 'sessionStart.js'));
    for (const [agent, input] of sessions) assert.deepEqual(start(agent, input), silent, agent);
  });

  it('lets every session start with no error and no text where the file is damaged, newer or locked, and leaves it', async () => {
    const file = path.join(storage, 'experiments.db');
    const store = await runningExperiment(storage, built.wasm);
    store.dispose();
    const healthy = readFileSync(file);
    const newer = (await Engine.load(() => readFileSync(built.wasm))).open(healthy);
    newer.script('PRAGMA user_version = 999');
    const torn = Buffer.from(healthy);
    torn.fill(0x5a, 100, torn.length / 2);
    const files = { damaged: torn, 'no database': Buffer.from('no database'), newer: Buffer.from(newer.export()) };
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(file, bytes);
      for (const [agent, input] of sessions) assert.deepEqual(start(agent, input), silent, `${agent}, ${name}`);
      assert.deepEqual(readFileSync(file), bytes, name);
    }
    writeFileSync(file, healthy);
    // Read-only also for root, whom no permission stops: the lock's folder cannot be made.
    writeFileSync(`${file}.lock`, '');
    for (const [agent, input] of sessions) assert.deepEqual(start(agent, input), silent, `${agent}, read-only`);
    assert.deepEqual(readFileSync(file), healthy, 'read-only');
  });
});
