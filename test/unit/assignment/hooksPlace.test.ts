import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { TEST_ANSWER } from '../../../src/assignment/answer';
import { Hooks, systemShell } from '../../../src/assignment/hooks';
import { HOOK_AGENTS } from '../../../src/assignment/hookTargets';

const ANSWER = `process.stdout.write(JSON.stringify({ '${TEST_ANSWER}': { status: 'ready', experiments: [process.cwd()] } }))`;

describe('hooks and the folder that is open', () => {
  let root: string;
  let workspace: string;
  let hooks: Hooks;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'experiments-hooks-'));
    workspace = path.join(root, 'workspace');
    mkdirSync(workspace);
    const program = path.join(root, 'program.js');
    writeFileSync(program, ANSWER);
    hooks = new Hooks({
      storage: path.join(root, 'storage'),
      home: path.join(root, 'home'),
      program,
      runtime: process.execPath,
      platform: process.platform,
      environment: {},
      now: () => 1,
    });
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('writes an entry into a file of the folder only where that file is for one machine', () => {
    const where = { agents: HOOK_AGENTS, scopes: ['workspace'] as const, workspaceFolder: workspace };
    const changes = hooks.planInstall(where);
    assert.deepEqual(
      changes.map((change) => [change.target.agent, change.ok ? 'ok' : change.problem]),
      [
        ['claude-code', 'ok'],
        ['codex', 'shared'],
        ['gemini', 'shared'],
        ['copilot-chat', 'shared'],
      ],
    );
    for (const change of changes) {
      if (change.ok) hooks.install(change);
      else
        assert.throws(() => {
          hooks.install(change);
        });
    }
    assert.deepEqual(readdirSync(workspace), ['.claude']);
    assert.deepEqual(readdirSync(path.join(workspace, '.claude')), ['settings.local.json']);
  });

  it('still takes an entry of its own out of a shared file', () => {
    const file = path.join(workspace, '.codex', 'hooks.json');
    mkdirSync(path.dirname(file));
    const command = "'/somewhere/agent-experiments-session-start' codex";
    writeFileSync(file, JSON.stringify({ hooks: { SessionStart: [{ hooks: [{ type: 'command', command }] }] } }));
    const [change] = hooks.planRemove({ agents: ['codex'], scopes: ['workspace'], workspaceFolder: workspace });
    assert.ok(change?.ok === true && change.changed && !(change.after ?? '').includes('session-start'));
  });

  it('is tested outside of it, by the system’s own shell, so nothing in the folder is run', async function () {
    if (process.platform === 'win32') this.skip();
    const [change] = hooks.planInstall({ agents: ['claude-code'], scopes: ['user'], workspaceFolder: workspace });
    assert.ok(change);
    hooks.install(change);
    for (const name of ['sh', 'node', 'cmd', 'cmd.exe']) {
      writeFileSync(path.join(workspace, name), `#!/bin/sh\ntouch '${path.join(root, 'taken')}'\n`);
      chmodSync(path.join(workspace, name), 0o755);
    }
    const before = process.env['PATH'];
    process.env['PATH'] = workspace;
    try {
      const launcherFolder = path.join(root, 'storage', 'hooks');
      assert.deepEqual(await hooks.test('claude-code', workspace), { ok: true, experiments: [launcherFolder] });
    } finally {
      process.env['PATH'] = before;
    }
    assert.ok(!existsSync(path.join(root, 'taken')));
  });

  it('knows the shell of Windows by its full path', () => {
    assert.equal(systemShell('win32', { SystemRoot: 'D:\\Windows' }), 'D:\\Windows\\System32\\cmd.exe');
    for (const SystemRoot of [undefined, '', '.', 'Windows', '\\\\server\\share'])
      assert.equal(systemShell('win32', { SystemRoot }), 'C:\\Windows\\System32\\cmd.exe');
    assert.equal(systemShell('linux', { SHELL: '/tmp/sh' }), '/bin/sh');
  });
});
