import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { hookCommand, launcherText, writeLauncher } from '../../../src/assignment/launcher';

/** Folder names that a shell would like to take for something else. */
const ODD_NAMES = [
  'a b',
  "it's",
  'a"b',
  '$(touch gone)',
  '`touch gone`',
  '$HOME',
  'a;b',
  'a&b',
  '-n',
  'größe',
  'a\\b',
  '*',
  '%PATH%',
];
const ECHO =
  'process.stdout.write(JSON.stringify({ args: process.argv.slice(2), node: process.env.ELECTRON_RUN_AS_NODE }))';

describe('the launcher', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'experiments-launcher-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const posix = process.platform === 'win32' ? it.skip : it;
  const install = (name: string): { command: string; program: string; storage: string } => {
    const storage = path.join(folder, name, 'storage');
    const program = path.join(folder, name, 'program.js');
    mkdirSync(storage, { recursive: true });
    writeFileSync(program, ECHO);
    const launcher = writeLauncher({ storage, program, runtime: process.execPath, platform: process.platform });
    return { command: hookCommand(launcher, 'codex', process.platform), program, storage };
  };

  posix('runs the program with the storage and the agent, whatever the paths are called', () => {
    for (const name of ODD_NAMES) {
      const { command, storage } = install(name);
      const output = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', cwd: folder });
      assert.deepEqual(JSON.parse(output), { args: [storage, 'codex'], node: '1' }, name);
    }
    assert.throws(() => statSync(path.join(folder, 'gone')), 'no name was run as a command');
  });

  posix('says nothing and ends well where the program or the runtime is gone, or fails', () => {
    const quiet = (command: string): void => {
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
    };
    const { command, program } = install('a b');
    writeFileSync(program, 'throw new Error("no")');
    quiet(command);
    rmSync(program);
    quiet(command);
    writeFileSync(program, ECHO);
    const gone = writeLauncher({ storage: folder, program, runtime: path.join(folder, 'node'), platform: 'linux' });
    quiet(hookCommand(gone, 'codex', 'linux'));
  });

  posix('is for its owner alone, and written only where it says something else', () => {
    const parts = { storage: folder, program: '/p', runtime: '/r', platform: 'linux' as const };
    const file = writeLauncher(parts);
    const { mode, ino } = statSync(file);
    assert.equal(mode & 0o777, 0o700);
    assert.equal(writeLauncher(parts), file);
    assert.equal(statSync(file).ino, ino);
    writeLauncher({ ...parts, program: '/newer' });
    assert.match(readFileSync(file, 'utf8'), /program='\/newer'/);
  });

  it('quotes for cmd.exe on Windows', () => {
    const text = launcherText({
      storage: 'C:\\Users\\Ada & Bob\\100%\\storage',
      program: 'C:\\ext\\dist\\sessionStart.js',
      runtime: 'C:\\Program Files\\Code\\Code.exe',
      platform: 'win32',
    });
    assert.ok(
      text
        .split('\r\n')
        .includes(
          '"C:\\Program Files\\Code\\Code.exe" "C:\\ext\\dist\\sessionStart.js" "C:\\Users\\Ada & Bob\\100%%\\storage" %1 2>nul',
        ),
      text,
    );
    assert.ok(text.split('\r\n').includes('if not exist "C:\\ext\\dist\\sessionStart.js" exit /b 0'));
    assert.ok(!/[^\r]\n/.test(text), 'CRLF');
    assert.equal(
      hookCommand('C:\\Users\\Ada & Bob\\s\\agent-experiments-session-start.cmd', 'codex', 'win32'),
      '"C:\\Users\\Ada & Bob\\s\\agent-experiments-session-start.cmd" codex',
    );
  });
});
