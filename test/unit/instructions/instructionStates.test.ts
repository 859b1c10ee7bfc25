import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import fc from 'fast-check';
import type { InstructionLook } from '../../../src/domain/instructionLooks';
import { InstructionStates } from '../../../src/instructions/instructionStates';
import { decodeLines, encodeLine, type LookLine } from '../../../src/instructions/lookLines';
import { LookLog } from '../../../src/instructions/lookLog';

const MINUTE = 60_000;

describe('which instruction files were in force when', () => {
  let outer: string;
  let folder: string;
  let storage: string;
  /** Files get their times from the system; what looks call now runs ahead of it, so that nobody has to wait. */
  let ahead: number;
  const problems: string[] = [];

  beforeEach(() => {
    outer = fs.mkdtempSync(path.join(os.tmpdir(), 'instruction-states-'));
    folder = path.join(outer, 'shop');
    storage = path.join(outer, 'storage');
    fs.mkdirSync(folder);
    ahead = 10 * MINUTE;
    problems.length = 0;
  });

  afterEach(() => {
    fs.rmSync(outer, { recursive: true, force: true });
  });

  const now = (): number => Date.now() + ahead;
  const newWindow = (window: string): InstructionStates =>
    new InstructionStates({ storage, window, now, log: (problem) => problems.push(problem) });
  const write = (text: string): void => {
    fs.writeFileSync(path.join(folder, 'AGENTS.md'), text);
  };
  const kept = (): number =>
    new LookLog(storage, fs.realpathSync(folder)).lines().lines.filter(({ kind }) => kind === 'look').length;

  it('knows what was kept where the files cannot be read now, and says why', async () => {
    write('one');
    const changed = Date.now();
    const one = newWindow('one');
    await one.observe(folder);
    const { fingerprint } = await one.present(folder);
    assert.equal(one.failure(folder), undefined);
    // Larger than any instruction file may be.
    write('x'.repeat(2 * 1024 * 1024));
    const two = newWindow('two');
    assert.equal(await two.observe(folder), true);
    assert.equal(two.at(folder, changed + MINUTE), fingerprint);
    assert.match(two.failure(folder) ?? '', /too long/);
    assert.equal(problems.length, 1);
  });

  it('passes over what a skill depends on, however much it is', async () => {
    const modules = path.join(folder, '.claude', 'skills', 'lint', 'node_modules');
    for (let depth = 1; depth <= 12; depth += 1) {
      fs.mkdirSync(path.join(modules, ...Array.from({ length: depth }, () => 'deep')), { recursive: true });
    }
    fs.writeFileSync(path.join(modules, 'SKILL.md'), 'no skill');
    fs.writeFileSync(path.join(folder, '.claude', 'skills', 'lint', 'SKILL.md'), 'a skill');
    const { files } = await newWindow('one').present(folder);
    assert.deepEqual(Object.keys(files), ['.claude/skills/lint/SKILL.md']);
  });

  it('knows a state from its last change on, in every window', async () => {
    write('one');
    const changed = Date.now();
    const one = newWindow('one');
    assert.equal(one.at(folder, changed + MINUTE), undefined, 'nobody looked');
    assert.ok(await one.observe(folder));
    const { fingerprint, files } = await one.present(folder);
    assert.deepEqual(Object.keys(files), ['AGENTS.md']);
    assert.equal(one.at(folder, changed + MINUTE), fingerprint);
    assert.equal(one.at(folder, changed - MINUTE), undefined);
    const two = newWindow('two');
    await two.observe(folder);
    assert.equal(two.at(folder, changed + MINUTE), fingerprint);
    assert.deepEqual(
      two.seen(folder).map((state) => state.fingerprint),
      [fingerprint],
    );
  });

  it('keeps a look where it tells something new, and no other', async () => {
    write('one');
    const window = newWindow('one');
    await window.observe(folder);
    await window.observe(folder);
    assert.equal(kept(), 1);
    ahead += MINUTE;
    const start = now() - 1000;
    assert.equal(window.at(folder, start), undefined);
    assert.ok(await window.observe(folder, [start]));
    assert.equal(kept(), 2);
    assert.notEqual(window.at(folder, start), undefined);
    assert.equal(await window.observe(folder, [start]), false);
    assert.equal(kept(), 2);
  });

  it('does not know what was between two looks that nobody watched, even where it came back', async () => {
    ahead = 0;
    write('one');
    await newWindow('one').observe(folder);
    const gap = now();
    write('two');
    write('one');
    ahead = 10 * MINUTE;
    const window = newWindow('two');
    await window.observe(folder, [gap]);
    assert.equal(window.seen(folder).length, 1, 'both looks saw the same');
    assert.equal(window.at(folder, gap), undefined);
    assert.equal(window.at(folder, gap + MINUTE), (await window.present(folder)).fingerprint);
  });

  it('keeps until when a window that watches was told of nothing', async () => {
    const last = (): InstructionLook => {
      const line = new LookLog(storage, fs.realpathSync(folder)).lines().lines.at(-1);
      return line?.kind === 'look' ? line.look : assert.fail();
    };
    write('one');
    const window = newWindow('one');
    await window.observe(folder);
    window.watch(folder);
    await window.observe(folder);
    assert.equal(last().quietUntil, undefined, 'what was before it watched is not known');
    ahead += MINUTE;
    await window.observe(folder, [now()]);
    assert.equal(last().quietUntil, last().at);
    ahead += MINUTE;
    write('two');
    window.disturbed(folder);
    const told = now();
    ahead += MINUTE;
    await window.observe(folder);
    assert.ok((last().quietUntil ?? 0) <= told && (last().quietUntil ?? 0) > told - MINUTE);
    assert.equal(window.seen(folder).length, 2);
  });

  it('waits for the news of a change that a look sees first', async () => {
    write('one');
    const window = newWindow('one');
    window.watch(folder);
    await window.observe(folder);
    write('two');
    const looking = window.observe(folder);
    setTimeout(() => {
      window.disturbed(folder);
    }, 50);
    await looking;
    const last = new LookLog(storage, fs.realpathSync(folder)).lines().lines.at(-1);
    assert.ok(last?.kind === 'look');
    assert.ok(last.look.quietUntil !== undefined && last.look.quietUntil < last.look.at);
  });

  it('says once why a folder has no fingerprint', async () => {
    write('x'.repeat(2 * 1024 * 1024));
    const window = newWindow('one');
    assert.equal(await window.observe(folder), false);
    assert.equal(await window.observe(folder), false);
    assert.equal(problems.length, 1);
    await assert.rejects(window.present(folder), /too long/);
  });
});

describe('the log of looks', () => {
  const word = fc.string({ unit: fc.constantFrom('a', '"', '\\', 'ß', '\n', '{') });
  const when = fc.integer({ min: 0, max: 2 ** 45 });
  const line: fc.Arbitrary<LookLine> = fc.oneof(
    fc.record(
      {
        kind: fc.constant('state' as const),
        fingerprint: word,
        files: fc.dictionary(word, word, { noNullPrototype: true }),
      },
      { noNullPrototype: true },
    ),
    fc
      .record(
        { at: when, window: word, state: word, untouchedSince: when, rootSince: when, quiet: fc.option(when) },
        { noNullPrototype: true },
      )
      .map(({ quiet, ...look }) => ({
        kind: 'look' as const,
        look: quiet === null ? look : { ...look, quietUntil: quiet },
      })),
  );

  it('reads what was written, whatever was torn before it', () => {
    fc.assert(
      fc.property(line, line, line, fc.nat(), (first, torn, last, cut) => {
        const text = encodeLine(torn);
        const part = text.slice(0, Math.min(cut, text.length - 3));
        assert.deepEqual(decodeLines(encodeLine(first) + part + encodeLine(last)), [first, last]);
      }),
    );
  });

  it('takes no strange line for a look', () => {
    const text = [
      'null',
      '[]',
      '{}',
      '1',
      'x',
      '{"at":-1}',
      '{"at":1,"window":"a","look":"b","untouched":"1","root":0}',
    ];
    assert.deepEqual(decodeLines(text.join('\n')), []);
    fc.assert(fc.property(fc.string(), (any) => Array.isArray(decodeLines(any))));
  });

  it('loses no line of several processes', async () => {
    const outer = fs.mkdtempSync(path.join(os.tmpdir(), 'look-log-'));
    try {
      const names = ['one', 'two', 'three'];
      await Promise.all(
        names.map(
          (name) =>
            new Promise<void>((resolve, reject) => {
              const child = fork(path.join(__dirname, 'lookLogWorker.ts'), [outer, name, '200'], {
                execArgv: ['--import', 'tsx'],
              });
              child.on('error', reject);
              child.on('exit', (code) => {
                if (code === 0) resolve();
                else reject(new Error(`exit code ${code}`));
              });
            }),
        ),
      );
      const { lines } = new LookLog(outer, '/shop').lines();
      for (const name of names) {
        const own = lines.flatMap((one) => (one.kind === 'look' && one.look.window === name ? [one.look.state] : []));
        assert.deepEqual(
          own,
          Array.from({ length: 200 }, (_, index) => String(index)),
        );
      }
    } finally {
      fs.rmSync(outer, { recursive: true, force: true });
    }
  });

  it('is bounded: old months go, and a full month takes no more', () => {
    const outer = fs.mkdtempSync(path.join(os.tmpdir(), 'look-log-'));
    try {
      const log = new LookLog(outer, '/shop');
      const look: LookLine = {
        kind: 'look',
        look: { at: 1, window: 'w', state: 's', untouchedSince: 0, rootSince: 0 },
      };
      for (let month = 0; month < 40; month += 1) assert.ok(log.add([look], Date.UTC(2026, month, 15)));
      assert.equal(log.lines().lines.length, 25);
      const big: LookLine = { kind: 'state', fingerprint: 'x', files: { a: 'y'.repeat(1024 * 1024) } };
      const now = Date.UTC(2030, 1, 1);
      assert.deepEqual(
        [1, 2, 3].map(() => log.add([big], now)),
        [true, false, false],
      );
    } finally {
      fs.rmSync(outer, { recursive: true, force: true });
    }
  });
});
