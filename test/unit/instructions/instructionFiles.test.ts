import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import fc from 'fast-check';
import { changesBetween, contentDigest, fingerprintOf } from '../../../src/instructions/fingerprint';
import { FIRST_NAMES, isInstructionFile, mayHoldInstructions } from '../../../src/instructions/instructionPaths';
import { readInstructions } from '../../../src/instructions/readInstructions';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the fingerprint of instruction files', () => {
  it('is one of all paths and contents, in any order', () => {
    const files = fc.dictionary(fc.string({ minLength: 1 }), fc.stringMatching(/^[0-9a-f]{8}$/));
    fc.assert(
      fc.property(files, files, (a, b) => {
        const reversed = Object.fromEntries(Object.entries(a).reverse());
        assert.equal(fingerprintOf(reversed), fingerprintOf(a));
        assert.equal(fingerprintOf(a) === fingerprintOf(b), changesBetween(a, b).length === 0);
      }),
    );
    assert.match(fingerprintOf({}), /^[0-9a-f]{64}$/);
  });

  it('reads both spellings of a line end alike, and nothing else', () => {
    assert.equal(contentDigest(bytes('a\r\nb\r\n')), contentDigest(bytes('a\nb\n')));
    assert.notEqual(contentDigest(bytes('a\rb')), contentDigest(bytes('a\nb')));
    assert.notEqual(contentDigest(bytes('a\r\r\nb')), contentDigest(bytes('a\nb')));
    assert.notEqual(contentDigest(bytes('a')), contentDigest(bytes('a\n')));
  });

  it('says which files differ', () => {
    assert.deepEqual(changesBetween({ a: '1', b: '1', c: '1' }, { b: '2', c: '1', d: '1' }), [
      { path: 'a', change: 'removed' },
      { path: 'b', change: 'changed' },
      { path: 'd', change: 'added' },
    ]);
  });
});

describe('which files are instructions', () => {
  const yes = [
    ...['AGENTS.md', 'AGENTS.override.md', 'CLAUDE.md', 'CLAUDE.local.md', 'GEMINI.md', '.claude/CLAUDE.md'],
    ...['.claude/rules/deep/er/a.md', '.claude/skills/tidy/SKILL.md', '.claude/commands/a.md', '.claude/agents/a.md'],
    ...['.github/copilot-instructions.md', '.github/instructions/a/b.instructions.md', '.github/prompts/a.prompt.md'],
    ...['.github/chatmodes/a.chatmode.md', '.github/agents/a.agent.md', '.agents/skills/a/SKILL.md'],
    ...[
      '.clinerules',
      '.clinerules/a.md',
      '.cursorrules',
      '.cursor/rules/a.mdc',
      '.roo/rules/a.md',
      '.roo/rules-code/a.md',
    ],
    ...['.windsurfrules', '.codex/skills/a/SKILL.md', '.gemini/commands/a.toml', '.opencode/agents/a.md'],
  ];
  const no = [
    ...['README.md', 'docs/AGENTS.md', 'claude.md', '.claude/settings.json', '.claude/settings.local.json'],
    ...[
      '.claude/skills/tidy/script.py',
      '.github/workflows/a.yml',
      '.github/instructions',
      '.cursor/mcp.json',
      '.roo/mcp.md',
    ],
    ...['.claude/rulesets/a.md', 'x/.claude/rules/a.md', '.claude/worktrees/a/CLAUDE.md'],
  ];

  it('goes by names that agents read by themselves', () => {
    for (const one of yes) assert.ok(isInstructionFile(one), one);
    for (const one of no) assert.ok(!isInstructionFile(one), one);
  });

  it('looks only into folders that can hold one', () => {
    for (const one of yes) {
      assert.ok(FIRST_NAMES.includes(one.split('/', 1)[0] ?? ''), one);
      for (let folder = path.posix.dirname(one); folder !== '.'; folder = path.posix.dirname(folder)) {
        assert.ok(mayHoldInstructions(folder), folder);
      }
    }
    for (const one of ['.claude/worktrees', '.claude/rulesets', '.github/workflows', 'src', '.roo/other']) {
      assert.ok(!mayHoldInstructions(one), one);
    }
  });
});

describe('reading the instruction files of a folder', () => {
  let outer: string;
  let folder: string;

  beforeEach(() => {
    outer = fs.mkdtempSync(path.join(os.tmpdir(), 'instructions-'));
    folder = path.join(outer, 'shop');
    fs.mkdirSync(folder);
  });

  afterEach(() => {
    fs.rmSync(outer, { recursive: true, force: true });
  });

  function write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }

  const read = (before?: Parameters<typeof readInstructions>[2]): ReturnType<typeof readInstructions> =>
    readInstructions(folder, () => Date.now(), before);

  it('finds them, and nothing else', async () => {
    assert.deepEqual((await read()).files, {});
    for (const file of [
      'AGENTS.md',
      '.claude/rules/a/b.md',
      '.clinerules/one.md',
      '.github/workflows/ci.yml',
      'src/a.md',
    ]) {
      write(file, file);
    }
    const { files, fingerprint } = await read();
    assert.deepEqual(Object.keys(files).sort(), ['.claude/rules/a/b.md', '.clinerules/one.md', 'AGENTS.md']);
    assert.equal(files['AGENTS.md'], contentDigest(bytes('AGENTS.md')));
    assert.equal(fingerprint, fingerprintOf(files));
  });

  it('tells when something of it changed last, whatever time a file was given', async () => {
    write('AGENTS.md', 'one');
    write('.claude/rules/a.md', 'two');
    const first = await read();
    const long = new Date('2020-01-01');
    write('AGENTS.md', 'three');
    fs.utimesSync(path.join(folder, 'AGENTS.md'), long, long);
    const second = await read();
    assert.ok(second.untouchedSince >= first.untouchedSince);
    assert.equal(second.untouchedSince, Math.floor(fs.statSync(path.join(folder, 'AGENTS.md')).ctimeMs));
    fs.rmSync(path.join(folder, '.claude/rules/a.md'));
    const { untouchedSince, at } = await read();
    assert.equal(untouchedSince, Math.floor(fs.statSync(path.join(folder, '.claude/rules')).ctimeMs));
    assert.ok(untouchedSince <= at);
    write('notes.txt', 'of the root');
    assert.equal((await read()).rootSince, Math.floor(fs.statSync(folder).ctimeMs));
  });

  it('sees a change of the same length at once', async () => {
    const before = new Map<string, never>();
    write('AGENTS.md', 'one');
    const first = await read(before);
    write('AGENTS.md', 'two');
    const second = await read(before);
    assert.notEqual(second.fingerprint, first.fingerprint);
    assert.equal((await read(before)).fingerprint, second.fingerprint);
  });

  it('follows links within the folder, in no circle, and none out of it', async () => {
    write('AGENTS.md', 'one');
    write('.claude/rules/a.md', 'two');
    fs.writeFileSync(path.join(outer, 'mine.md'), 'somebody’s own');
    try {
      fs.symlinkSync('AGENTS.md', path.join(folder, 'CLAUDE.md'));
      fs.symlinkSync('..', path.join(folder, '.claude/rules/circle'));
      fs.symlinkSync('../mine.md', path.join(folder, 'GEMINI.md'));
      fs.symlinkSync('nowhere', path.join(folder, '.cursorrules'));
    } catch {
      return; // Windows asks for a right to make links.
    }
    const { files, fingerprint } = await read();
    assert.deepEqual(Object.keys(files).sort(), ['.claude/rules/a.md', 'AGENTS.md', 'CLAUDE.md', 'GEMINI.md']);
    assert.equal(files['CLAUDE.md'], files['AGENTS.md']);
    fs.writeFileSync(path.join(outer, 'mine.md'), 'changed');
    assert.equal((await read()).fingerprint, fingerprint);
    fs.writeFileSync(path.join(folder, 'AGENTS.md'), 'other');
    assert.notEqual((await read()).files['CLAUDE.md'], files['CLAUDE.md']);
  });

  it('says nothing of what is too much to be instructions', async () => {
    write('AGENTS.md', 'x'.repeat(1024 * 1024 + 1));
    await assert.rejects(read(), /too long/);
    write('AGENTS.md', 'x');
    write('.claude/rules/1/2/3/4/5/6/7/8/9/a.md', 'deep');
    await assert.rejects(read(), /too deep/);
  });
});
