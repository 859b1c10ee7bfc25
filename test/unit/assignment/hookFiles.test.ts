import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { parse } from 'jsonc-parser';
import { HookFiles, type FileChange } from '../../../src/assignment/hookFiles';
import { hookState } from '../../../src/assignment/hookSettings';
import { HOOK_AGENTS, hookTarget, type HookAgent, type HookTarget } from '../../../src/assignment/hookTargets';
import { hookCommand } from '../../../src/assignment/launcher';
import { REFUSED_SHAPES, SETTINGS_SHAPES } from './support';

const launcher = '/home/a b/storage/hooks/agent-experiments-session-start';

describe('naming the session-start program in the settings of agents', function () {
  this.timeout(60_000);
  let folder: string;
  let files: HookFiles;
  let time = 1_000;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'experiments-hooks-'));
    files = new HookFiles({ storage: path.join(folder, 'storage'), now: () => (time += 1) });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const target = (agent: HookAgent): HookTarget => {
    const found = hookTarget(agent, 'user', { home: path.join(folder, 'home'), environment: {} });
    assert.ok(found);
    return found;
  };
  const command = (agent: HookAgent): string => hookCommand(launcher, agent, 'linux');
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const bytes = (file: string): string => readFileSync(file).toString('latin1');
  const accepted = (change: FileChange): FileChange & { ok: true } => {
    assert.ok(change.ok, JSON.stringify(change));
    return change;
  };
  const hooksOf = (text: string): unknown => (parse(text.replace(/^\uFEFF/, '')) as { hooks?: unknown }).hooks;

  for (const agent of HOOK_AGENTS) {
    it(`leaves each of ${SETTINGS_SHAPES.length} shapes byte for byte as it was, for ${agent}`, () => {
      for (const [name, text] of SETTINGS_SHAPES) {
        const { file } = target(agent);
        put(file, text);
        const original = bytes(file);
        const install = accepted(files.planInstall(target(agent), command(agent)));
        assert.equal(bytes(file), original, 'a plan writes nothing');
        files.write(install);
        assert.equal(files.state(target(agent), command(agent)), 'inPlace', name);
        assert.equal(bytes(file), Buffer.from(install.after ?? '').toString('latin1'), name);
        assert.deepEqual(
          hooksOf(readFileSync(file, 'utf8')) === undefined,
          false,
          `${name}: ${readFileSync(file, 'utf8')}`,
        );
        const again = accepted(files.planInstall(target(agent), command(agent)));
        assert.equal(again.changed, false, `${name}: installing twice changes nothing`);
        files.write(accepted(files.planRemove(target(agent))));
        assert.equal(bytes(file), original, name);
      }
    });
  }

  it('keeps every other member, and the hooks that others have put there', () => {
    for (const [name, text] of SETTINGS_SHAPES) {
      const { file } = target('claude-code');
      put(file, text);
      files.write(accepted(files.planInstall(target('claude-code'), command('claude-code'))));
      const before = (parse(text.replace(/^\uFEFF/, '')) ?? {}) as Record<string, unknown>;
      const after = parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as Record<string, unknown>;
      const { hooks: hooksBefore = {}, ...restBefore } = before;
      const { hooks: hooksAfter, ...restAfter } = after;
      assert.deepEqual(restAfter, restBefore, name);
      const { SessionStart: eventBefore = [], ...othersBefore } = hooksBefore as Record<string, unknown>;
      const { SessionStart: eventAfter, ...othersAfter } = hooksAfter as Record<string, unknown>;
      assert.deepEqual(othersAfter, othersBefore, name);
      assert.deepEqual((eventAfter as unknown[]).slice(0, -1), eventBefore, name);
      for (const comment of text.match(/\/\/.*|\/\*.*?\*\//g) ?? []) {
        assert.ok(readFileSync(file, 'utf8').includes(comment.trim()), `${name}: ${comment}`);
      }
      rmSync(path.join(folder, 'storage'), { recursive: true, force: true });
    }
  });

  it('refuses what it cannot read, and leaves it alone', () => {
    for (const [name, text] of REFUSED_SHAPES) {
      const { file } = target('claude-code');
      put(file, text);
      const original = bytes(file);
      for (const change of [
        files.planInstall(target('claude-code'), command('claude-code')),
        files.planRemove(target('claude-code')),
      ]) {
        assert.equal(change.ok, false, name);
        assert.throws(() => {
          files.write(change);
        });
      }
      assert.equal(bytes(file), original, name);
    }
    const { file } = target('codex');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]));
    assert.deepEqual(
      [files.planInstall(target('codex'), 'x')].map(({ ok }) => ok),
      [false],
    );
    assert.deepEqual([...readFileSync(file)], [0x7b, 0xff, 0x7d]);
  });

  it('makes the file and its folders, and removes just those', () => {
    for (const agent of HOOK_AGENTS) {
      const { file } = target(agent);
      files.write(accepted(files.planInstall(target(agent), command(agent))));
      assert.equal(files.state(target(agent), command(agent)), 'inPlace');
      files.write(accepted(files.planRemove(target(agent))));
      assert.equal(existsSync(file), false);
      assert.equal(existsSync(path.join(folder, 'home')), false, 'the folders that it made are gone too');
    }
    mkdirSync(path.join(folder, 'home', '.codex'), { recursive: true });
    files.write(accepted(files.planInstall(target('codex'), command('codex'))));
    files.write(accepted(files.planRemove(target('codex'))));
    assert.deepEqual(readdirSync(path.join(folder, 'home', '.codex')), [], 'a folder that was there stays');
  });

  it('takes out just its own where the person has edited the file since', () => {
    for (const [name, text] of SETTINGS_SHAPES) {
      if (!text.includes('{')) continue;
      const { file } = target('claude-code');
      put(file, text);
      files.write(accepted(files.planInstall(target('claude-code'), command('claude-code'))));
      const edited = `// added later\n${readFileSync(file, 'utf8').replace(/^\uFEFF/, '')}`;
      writeFileSync(file, edited);
      files.write(accepted(files.planRemove(target('claude-code'))));
      assert.equal(readFileSync(file, 'utf8'), `// added later\n${text.replace(/^\uFEFF/, '')}`, name);
    }
  });

  it('takes its own out of a file without a record, and leaves the rest', () => {
    const shared = {
      hooks: {
        SessionStart: [
          {
            matcher: 'startup',
            hooks: [
              { type: 'command', command: 'a' },
              { type: 'command', command: command('claude-code') },
            ],
          },
          { hooks: [{ type: 'command', command: command('codex') }] },
        ],
      },
      model: 'opus',
    };
    const { file } = target('claude-code');
    put(file, JSON.stringify(shared, null, 2));
    assert.equal(files.state(target('claude-code'), command('claude-code')), 'other');
    files.write(accepted(files.planRemove(target('claude-code'))));
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {
      hooks: { SessionStart: [{ matcher: 'startup', hooks: [{ type: 'command', command: 'a' }] }] },
      model: 'opus',
    });
  });

  it('replaces an entry of its own that names another place, and still takes all back', () => {
    const { file } = target('claude-code');
    put(file, '{\n  "model": "opus"\n}\n');
    files.write(
      accepted(
        files.planInstall(
          target('claude-code'),
          hookCommand('/old/agent-experiments-session-start', 'claude-code', 'linux'),
        ),
      ),
    );
    assert.equal(files.state(target('claude-code'), command('claude-code')), 'other');
    files.write(accepted(files.planInstall(target('claude-code'), command('claude-code'))));
    assert.equal(hookState(readFileSync(file, 'utf8'), command('claude-code')), 'inPlace');
    files.write(accepted(files.planRemove(target('claude-code'))));
    assert.equal(readFileSync(file, 'utf8'), '{\n  "model": "opus"\n}\n');
  });

  it('refuses to write over an edit that came after the diff was shown', () => {
    const { file } = target('gemini');
    put(file, '{}');
    const change = files.planInstall(target('gemini'), command('gemini'));
    writeFileSync(file, '{"theme":"dark"}');
    assert.throws(() => {
      files.write(change);
    }, /changed meanwhile/);
    assert.equal(readFileSync(file, 'utf8'), '{"theme":"dark"}');
  });

  it('keeps a copy of the file, its permissions, and a link to it', function () {
    if (process.platform === 'win32') this.skip();
    const { file } = target('claude-code');
    const real = path.join(folder, 'dotfiles', 'settings.json');
    put(real, '{"model":"opus"}');
    writeFileSync(real, '{"model":"opus"}', { mode: 0o640 });
    mkdirSync(path.dirname(file), { recursive: true });
    symlinkSync(real, file);
    const { mode } = statSync(real);
    files.write(accepted(files.planInstall(target('claude-code'), command('claude-code'))));
    assert.ok(lstatSync(file).isSymbolicLink());
    assert.equal(statSync(real).mode, mode);
    const backups = readdirSync(path.join(folder, 'storage', 'hooks', 'backups'));
    assert.equal(backups.length, 1);
    assert.equal(
      readFileSync(path.join(folder, 'storage', 'hooks', 'backups', backups[0] ?? ''), 'utf8'),
      '{"model":"opus"}',
    );
    files.write(accepted(files.planRemove(target('claude-code'))));
    assert.equal(readFileSync(real, 'utf8'), '{"model":"opus"}');
  });

  it('removes by editing where its record is damaged', () => {
    const { file } = target('codex');
    put(file, '{\n  "a": 1\n}\n');
    files.write(accepted(files.planInstall(target('codex'), command('codex'))));
    writeFileSync(path.join(folder, 'storage', 'hooks', 'installed.json'), '[{"file": 1}, null');
    files.write(accepted(files.planRemove(target('codex'))));
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { a: 1 });
  });

  it('heeds the folders that agents are told to use', () => {
    const places = {
      home: '/home/ada',
      environment: { CLAUDE_CONFIG_DIR: '/c', CODEX_HOME: '/x' },
      workspaceFolder: '/work',
    };
    const file = (agent: HookAgent, scope: 'user' | 'workspace'): string | undefined =>
      hookTarget(agent, scope, places)?.file;
    assert.equal(file('claude-code', 'user'), path.join('/c', 'settings.json'));
    assert.equal(file('codex', 'user'), path.join('/x', 'hooks.json'));
    assert.equal(file('gemini', 'user'), path.join('/home/ada', '.gemini', 'settings.json'));
    assert.equal(file('claude-code', 'workspace'), path.join('/work', '.claude', 'settings.local.json'));
    assert.equal(hookTarget('codex', 'workspace', { ...places, workspaceFolder: undefined }), undefined);
  });
});
