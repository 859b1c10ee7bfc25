import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { ClaudeCodeSessions } from '../../../src/sessions/claude/claudeCode';
import { help, type ReadingHelper } from '../../../src/sessions/claude/claudeReading';
import type { IndexedSession } from '../../../src/sessions/model';
import { blockingAccess } from '../../../src/sessions/reading/blockingAccess';
import { diskAccess } from '../../../src/sessions/reading/fileAccess';
import type { FileAccess } from '../../../src/sessions/reading/fileAccess';
import { claudeSlug } from '../../../src/sessions/claude/claudeSlug';
import { writeSessionCorpus } from '../../../scripts/demo/claudeSessions';
import { Recorder, SESSION_A, SESSION_B } from './support/claudeRecords';

const NOW = Date.UTC(2026, 5, 1);

for (const [how, onDisk] of [
  ['that waits for the disk', diskAccess],
  ['that holds its thread', blockingAccess],
] as const) {
  describe(`the index file of Claude Code, with access ${how}`, function () {
    indexTests.call(this, onDisk);
  });
}

function indexTests(this: Mocha.Suite, onDisk: FileAccess): void {
  this.timeout(30_000);

  let root: string;
  let workspace: string;
  let project: string;
  let indexFolder: string;
  let problems: string[];
  let opened: string[];

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'claude-index-')));
    workspace = path.join(root, 'shop');
    project = path.join(root, 'claude', 'projects', claudeSlug(workspace));
    indexFolder = path.join(root, 'index');
    fs.mkdirSync(project, { recursive: true });
    problems = [];
    opened = [];
  });

  afterEach(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  const access: FileAccess = {
    ...onDisk,
    open: (file) => {
      opened.push(path.basename(file));
      return onDisk.open(file);
    },
  };
  const source = (helper?: ReadingHelper, folder: string | null = indexFolder): ClaudeCodeSessions =>
    new ClaudeCodeSessions({
      environment: { home: root, CLAUDE_CONFIG_DIR: path.join(root, 'claude') },
      isAlive: () => false,
      access,
      indexFolder: folder ?? undefined,
      helper,
    });
  const scan = async (from: ClaudeCodeSessions): Promise<IndexedSession[]> => {
    opened = [];
    return (await from.scan([workspace], NOW, (message) => problems.push(message))).sort((a, b) =>
      a.id < b.id ? -1 : 1,
    );
  };
  /** As a later start of the editor finds them. */
  const scanAnew = (): Promise<IndexedSession[]> => scan(source());
  const write = (name: string, recorder: Recorder): void => {
    fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    fs.writeFileSync(path.join(project, name), recorder.text);
  };
  const indexFile = (): string => {
    const [name, ...others] = fs.readdirSync(indexFolder);
    assert.deepEqual(others, []);
    return path.join(indexFolder, name ?? '');
  };
  const recorder = (sessionId: string): Recorder => new Recorder({ sessionId, cwd: workspace });

  /** Two sessions, the second a copy of the first that goes on, with a sub-agent. */
  async function indexed(): Promise<IndexedSession[]> {
    const first = recorder(SESSION_A).prompt('one').answer('m1', [1, 10, 0, 0]).call('t1', 'Edit', { file_path: 'a' });
    write(`${SESSION_A}.jsonl`, first.result('t1'));
    const copy = recorder(SESSION_B)
      .prompt('one', { uuid: `u-0-${SESSION_A}`, forkedFrom: {} })
      .answer('m1', [1, 10, 0, 0]);
    write(`${SESSION_B}.jsonl`, copy.wait(60).prompt('two').answer('m2', [1, 20, 0, 0]));
    write(`${SESSION_B}/subagents/agent-1.jsonl`, recorder(SESSION_B).wait(70).answer('m3', [1, 5, 0, 0]));
    const claude = source();
    const sessions = await scan(claude);
    claude.flush();
    assert.deepEqual(
      sessions.map(({ id, tokens }) => [id, tokens?.output]),
      [
        [SESSION_A, 11],
        [SESSION_B, 25],
      ],
    );
    return sessions;
  }

  it('makes a start without reading a transcript', async () => {
    const before = await indexed();
    assert.deepEqual(await scanAnew(), before);
    assert.deepEqual(opened, []);
    assert.deepEqual(problems, []);
  });

  it('goes on where the last start ended', async () => {
    await indexed();
    fs.appendFileSync(
      path.join(project, `${SESSION_B}.jsonl`),
      recorder(SESSION_B).wait(90).answer('m4', [1, 100, 0, 0]).text,
    );
    const claude = source();
    assert.deepEqual(
      (await scan(claude)).map(({ tokens }) => tokens?.output),
      [11, 125],
    );
    assert.deepEqual(opened, [`${SESSION_B}.jsonl`]);
    claude.flush();
    assert.deepEqual(
      (await scanAnew()).map(({ tokens }) => tokens?.output),
      [11, 125],
    );
    assert.deepEqual(opened, []);
  });

  it('says what reading anew says, whatever there was and whatever is added', async () => {
    const id = fc.constantFrom('1', '2', '3');
    const step = fc.oneof(
      fc.record({ do: fc.constant('prompt' as const), id, text: fc.string({ unit: 'binary', maxLength: 20 }) }),
      fc.record({
        do: fc.constant('slash' as const),
        id,
        text: fc.constantFrom('/review', '/fix token=hunter2hunter2'),
      }),
      fc.record({ do: fc.constant('answer' as const), id, text: fc.constant('') }),
      fc.record({
        do: fc.constant('command' as const),
        id,
        text: fc.constantFrom('npm test', 'API_KEY=abcdefgh npm test'),
      }),
      fc.record({ do: fc.constant('custom-title' as const), id, text: fc.string({ maxLength: 9 }) }),
      fc.record({ do: fc.constant('summary' as const), id, text: fc.string({ maxLength: 9 }) }),
    );
    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
    const add = (to: Recorder, { do: what, id: name, text }: Step): Recorder => {
      switch (what) {
        case 'prompt':
          return to.prompt(text, { uuid: `p${name}`, gitBranch: `b\u202e${name}` });
        case 'slash':
          return to.prompt(`<command-name>${text}</command-name>`, { uuid: `s${name}` });
        case 'answer':
          return to.answer(`m${name}`, [1, to.lines.length, 0, 0]);
        case 'command':
          return to.command(`t${name}`, text, 'failed', { isError: name === '1' });
        case 'custom-title':
          return to.raw(JSON.stringify({ type: what, customTitle: text }));
        case 'summary':
          return to.raw(JSON.stringify({ type: what, leafUuid: `p${name}`, summary: text }));
      }
    };
    const names = [`${SESSION_A}.jsonl`, `${SESSION_B}.jsonl`, `${SESSION_B}/subagents/agent-1.jsonl`] as const;
    const steps = fc.array(step, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(steps, steps, steps), fc.nat(2), steps, async (all, grown, more) => {
        fs.rmSync(indexFolder, { recursive: true, force: true });
        const recorders = names.map((_, n) => recorder(n === 0 ? SESSION_A : SESSION_B));
        recorders.forEach((each, n) => {
          all[n]?.forEach((one) => add(each, one));
          write(names[n] ?? '', each);
        });
        const claude = source();
        const before = await scan(claude);
        claude.flush();
        assert.deepEqual(await scanAnew(), before);
        assert.deepEqual(opened, []);
        const target = recorders[grown] ?? assert.fail();
        more.forEach((one) => add(target, one));
        write(names[grown] ?? '', target);
        const later = source();
        const after = await scan(later);
        assert.deepEqual(after, await scan(source(undefined, null)));
        later.flush();
        assert.deepEqual(await scanAnew(), after);
      }),
      { numRuns: 25 },
    );
  });

  for (const [what, harm] of [
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['overwritten with NULs', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ['of another format', (bytes: Buffer) => Buffer.concat([Buffer.from('Format 99 '), bytes])],
    ['no index', () => Buffer.from('\n\t\n{"}\n')],
  ] as const) {
    it(`is made again when it is ${what}`, async () => {
      const before = await indexed();
      const sound = fs.readFileSync(indexFile());
      fs.writeFileSync(indexFile(), harm(sound));
      const claude = source();
      assert.deepEqual(await scan(claude), before);
      assert.deepEqual(problems, []);
      claude.flush();
      assert.deepEqual(await scanAnew(), before);
      assert.deepEqual(opened, []);
    });
  }

  it('gives the same sessions with any byte changed', async () => {
    const before = await indexed();
    const sound = fs.readFileSync(indexFile());
    for (let at = 0; at < sound.length; at += 37) {
      const harmed = Buffer.from(sound);
      harmed[at] = (harmed[at] ?? 0) ^ 0x15;
      fs.writeFileSync(indexFile(), harmed);
      assert.deepEqual(await scanAnew(), before, `byte ${at}`);
    }
    assert.deepEqual(problems, []);
  });

  it('that turns out to be damaged when more of it is needed is made anew', async () => {
    await indexed();
    const transcript = path.join(project, `${SESSION_B}.jsonl`);
    const { size } = fs.statSync(transcript);
    /** As it was when it was indexed, also by its time. */
    const reset = (): void => {
      fs.truncateSync(transcript, size);
      fs.utimesSync(transcript, 1_780_000_000, 1_780_000_000);
    };
    reset();
    const again = source();
    await scan(again);
    again.flush();
    const sound = fs.readFileSync(indexFile());
    const [begin = '', lineBytes = NaN] = sound.toString('utf8').split('\n', 1)[0]?.split('\t') ?? [];
    assert.match(begin, /format/);
    const rest = sound.indexOf('\n') + 1 + Number(lineBytes);
    assert.ok(rest < sound.length);
    for (let at = rest; at < sound.length; at += 101) {
      reset();
      const harmed = Buffer.from(sound);
      harmed[at] = (harmed[at] ?? 0) ^ 0x15;
      fs.writeFileSync(indexFile(), harmed);
      problems = [];
      const claude = source();
      await scan(claude);
      fs.appendFileSync(transcript, recorder(SESSION_B).wait(90).answer('m4', [1, 100, 0, 0]).text);
      assert.deepEqual(
        (await scan(claude)).map(({ tokens }) => tokens?.output),
        [11, 125],
        `byte ${at}`,
      );
      assert.match(problems.join(), /made anew/, `byte ${at}: ${sound.toString('latin1', at - 40, at + 40)}`);
      claude.flush();
      assert.deepEqual(
        (await scanAnew()).map(({ tokens }) => tokens?.output),
        [11, 125],
      );
      assert.deepEqual(opened, []);
    }
  });

  it('keeps what is sound of deleted transcripts when another part is damaged', async () => {
    await indexed();
    const claude = source();
    await scan(claude);
    fs.rmSync(path.join(project, `${SESSION_A}.jsonl`));
    await scan(claude);
    const C = SESSION_A.replaceAll('a', 'c');
    write(`${C}.jsonl`, recorder(C).wait(500).prompt('alone').answer('m9', [1, 7, 0, 0]));
    const before = (await scan(claude)).map(({ id, gone, tokens }) => [id, gone, tokens?.output]);
    claude.flush();
    const bytes = fs.readFileSync(indexFile());
    const at = bytes.lastIndexOf('"m9"');
    assert.ok(at > 0);
    bytes[at + 1] = 0x6e;
    fs.writeFileSync(indexFile(), bytes);
    const later = source();
    await scan(later);
    fs.appendFileSync(path.join(project, `${C}.jsonl`), recorder(C).wait(600).answer('m10', [1, 30, 0, 0]).text);
    const expected = before.map(([id, gone, output]) => [id, gone, id === C ? Number(output) + 30 : output]);
    assert.deepEqual(
      (await scan(later)).map(({ id, gone, tokens }) => [id, gone, tokens?.output]),
      expected,
    );
    assert.match(problems.join(), /made anew/);
    later.flush();
    assert.deepEqual(
      (await scanAnew()).map(({ id, gone, tokens }) => [id, gone, tokens?.output]),
      expected,
    );
    assert.deepEqual(opened, []);
  });

  it('written in the middle of a scan says nothing that is not put together yet', async () => {
    const recorders = Array.from({ length: 30 }, (_, n) => {
      const id = SESSION_A.replace('aaaaaaaa', `aaaaaa${String(n).padStart(2, '0')}`);
      const one = recorder(id).prompt('one').answer(`m${n}`, [1, 10, 0, 0]);
      write(`${id}.jsonl`, one);
      return [id, one] as const;
    });
    const first = source();
    await scan(first);
    first.flush();
    const outputs = async (from: ClaudeCodeSessions): Promise<unknown[]> =>
      (await scan(from)).map(({ id, tokens }) => [id, tokens?.output]);
    const turn = (n: number): Promise<void> => (n % 7 === 6 ? setImmediate() : Promise.resolve());
    for (const after of [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610]) {
      const claude = source();
      await scan(claude);
      const grow = (answer: string): void => {
        for (const [id, one] of recorders) write(`${id}.jsonl`, one.wait(9).answer(`${answer}-${id}`, [1, 100, 0, 0]));
      };
      grow(`a${after}`);
      await scan(claude); // From now on something waits to be written.
      grow(`b${after}`);
      const now = outputs(claude);
      for (let n = 0; n < after; n++) await turn(n);
      claude.flush();
      assert.deepEqual(await outputs(source()), await now, `after ${after} turns`);
    }
  });

  it('holds what a start did without, though another window has replaced it', async () => {
    await indexed();
    const claude = source();
    await scan(claude);
    const file = indexFile();
    fs.writeFileSync(`${file}.new`, 'another');
    fs.renameSync(`${file}.new`, file);
    fs.appendFileSync(
      path.join(project, `${SESSION_B}.jsonl`),
      recorder(SESSION_B).wait(90).answer('m4', [1, 100, 0, 0]).text,
    );
    assert.deepEqual(
      (await scan(claude)).map(({ tokens }) => tokens?.output),
      [11, 125],
    );
    assert.deepEqual(opened, [`${SESSION_B}.jsonl`]);
    assert.deepEqual(problems, []);
  });

  it('that cannot be written is told and done without', async () => {
    fs.writeFileSync(indexFolder, 'a file');
    const claude = source();
    write(`${SESSION_A}.jsonl`, recorder(SESSION_A).prompt('one'));
    assert.equal((await scan(claude)).length, 1);
    claude.flush();
    assert.equal(problems.length, 1);
    assert.equal((await scan(claude)).length, 1);
  });

  it('keeps sessions whose transcripts are deleted, in this run and the next ones', async () => {
    const before = await indexed();
    const claude = source();
    await scan(claude);
    fs.rmSync(path.join(project, `${SESSION_A}.jsonl`));
    const [a, b] = before;
    assert.ok(a && b);
    const { transcript, ...kept } = a;
    assert.ok(transcript?.includes(SESSION_A));
    const expected = [{ ...kept, gone: true }, b];
    assert.deepEqual(await scan(claude), expected, 'and the copy of what it said counts for no other');
    claude.flush();
    assert.deepEqual(await scanAnew(), expected);
    fs.rmSync(path.join(root, 'claude'), { recursive: true });
    assert.deepEqual(
      (await scanAnew()).map(({ id, gone, tokens }) => [id, gone, tokens?.output]),
      [
        [SESSION_A, true, 11],
        [SESSION_B, true, 25],
      ],
    );
    assert.deepEqual(problems, []);
  });

  it('takes a transcript that comes back', async () => {
    const before = await indexed();
    const file = path.join(project, `${SESSION_A}.jsonl`);
    const text = fs.readFileSync(file);
    fs.rmSync(file);
    const claude = source();
    assert.equal((await scan(claude))[0]?.gone, true);
    fs.writeFileSync(file, text);
    assert.deepEqual(await scan(claude), before);
  });

  it('keeps what only another window knew of deleted transcripts', async () => {
    const mine = source();
    await scan(mine);
    await indexed();
    const other = source();
    await scan(other);
    fs.rmSync(path.join(project, `${SESSION_A}.jsonl`));
    await scan(other);
    other.flush();
    write(`${SESSION_A.replace('a', 'c')}.jsonl`, recorder(SESSION_A.replace('a', 'c')).wait(500).prompt('new'));
    await scan(mine);
    mine.flush();
    assert.deepEqual(
      (await scanAnew()).map(({ id, gone }) => [id, gone]),
      [
        [SESSION_A, true],
        [SESSION_B, undefined],
        [SESSION_A.replace('a', 'c'), undefined],
      ],
    );
  });

  it('is another one for another folder', async () => {
    await indexed();
    const claude = source();
    assert.deepEqual(await claude.scan([path.join(root, 'elsewhere')], NOW, (message) => problems.push(message)), []);
    assert.equal((await scan(claude)).length, 2);
    assert.deepEqual(opened, []);
  });

  it('is as right when two threads shared the reading', async () => {
    const options = { claudeConfigDir: path.join(root, 'claude'), cwd: workspace, now: NOW };
    await writeSessionCorpus({ ...options, count: 40, bytesEach: 900_000 });
    const alone = await scan(source(undefined, null));
    let shared = 0;
    const claude = source(async (jobs, queue) => {
      const answer = structuredClone(await help(jobs.slice(), queue, blockingAccess));
      shared = answer.files.length;
      return answer;
    });
    assert.deepEqual(await scan(claude), alone);
    assert.ok(shared > 0);
    claude.flush();
    assert.deepEqual(await scanAnew(), alone);
    assert.deepEqual(opened, []);
    const failing = source(() => Promise.reject(new Error('boom')), null);
    assert.deepEqual(await scan(failing), alone);
    assert.match(problems.join(), /boom/);
  });
}
