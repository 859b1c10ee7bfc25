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
    // Without tsx's own process in between, which would pass signals on.
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
});
