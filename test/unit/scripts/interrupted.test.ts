import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectFolder } from '../../../scripts/editor/paths';

describe('a program that is interrupted', () => {
  it('ends in its own time, however often it is asked', async function () {
    if (process.platform === 'win32') this.skip();
    const worker = path.join(projectFolder, 'test', 'unit', 'scripts', 'interruptedWorker.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', worker], { cwd: projectFolder });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => (await lines.next()).value;
    assert.equal(await next(), 'ready');
    child.kill('SIGINT');
    assert.equal(await next(), 'ending');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    child.stdin.write('\n');
    assert.equal(await next(), 'gone');
    assert.deepEqual(await ended, [0, null]);
  });

  it('ends in its own time also where tsx passes on what asks it', async function () {
    if (process.platform === 'win32') this.skip();
    const worker = path.join(projectFolder, 'test', 'unit', 'scripts', 'interruptedWorker.ts');
    const tsx = path.join(projectFolder, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const child = spawn(process.execPath, [tsx, worker], { cwd: projectFolder });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => (await lines.next()).value;
    assert.equal(await next(), 'ready');
    child.kill('SIGINT');
    assert.equal(await next(), 'ending');
    // It waits for a moment, in which tsx would lose patience.
    child.stdin.write('wait\n');
    assert.equal(await next(), 'gone');
    assert.deepEqual(await ended, [0, null]);
  });
});
