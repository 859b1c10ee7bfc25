import assert from 'node:assert/strict';
import { read, Rollout } from './support/codexRecords';

const PASSED = 'Chunk ID: 1a\nWall time: 2.5000 seconds\nProcess exited with code 0\nOutput:\nok';
const FAILED = 'Chunk ID: 1b\nWall time: 2.5000 seconds\nProcess exited with code 1\nOutput:\nno';
const GOES_ON = 'Chunk ID: 1c\nWall time: 1.0000 seconds\nProcess running with session ID 4711\nOutput:\n';

const outcomeOf = async (rollout: Rollout): Promise<string | undefined> => (await read(rollout)).outcome;

/** A test that passed, and then a call of another one. */
const tested = (): Rollout =>
  new Rollout()
    .call('first', 'exec_command', { cmd: 'npm test' })
    .output('first', PASSED)
    .call('test', 'exec_command', { cmd: 'npm test' });

describe('Codex: outcome', () => {
  it('is that of the last test command, with the command as its source', async () => {
    const rollout = new Rollout().call('c', 'exec_command', { cmd: 'npm test' }).output('c', 'Exit code: 1\n');
    assert.equal(await outcomeOf(rollout), 'failure');
    rollout.call('d', 'shell', { command: ['bash', '-lc', 'npm test'] }).output('d', 'Exit code: 0\n');
    rollout.call('e', 'exec_command', { cmd: 'cat missing' }).output('e', FAILED);
    const session = await read(rollout);
    assert.deepEqual(
      [session.outcome, session.outcomeSource, session.outcomeCommand],
      ['success', 'command', 'npm test'],
    );
  });

  for (const [what, output, expected] of [
    ['the output of unified exec', FAILED, 'failure'],
    ['JSON', '{"output":"Process exited with code 0","metadata":{"exit_code":1}}', 'failure'],
    ['what the command wrote', 'Wall time: 1\nOutput:\nProcess exited with code 1', undefined],
    ['the code of a time limit', '{"output":"command timed out","metadata":{"exit_code":124}}', undefined],
    ['the code of a command that was killed', 'Exit code: 137\nOutput:\n', undefined],
    ['a code that stands for none', '{"output":"","metadata":{"exit_code":-1}}', undefined],
    ['a failure without a code', { success: false, content: 'no such thing' }, undefined],
    ['a turn that a person stopped', 'aborted by user after 3.2s', undefined],
    ['nothing', 'ok', undefined],
  ] as const) {
    it(`by ${what} is ${expected ?? 'not known'}`, async () => {
      assert.equal(await outcomeOf(tested().output('test', output)), expected);
    });
  }

  it('is told by events and by items of newer versions', async () => {
    assert.equal(
      await outcomeOf(tested().event('exec_command_end', { call_id: 'test', exit_code: 2 })),
      'failure',
      'an event',
    );
    const item = { type: 'CommandExecution', id: 'test', status: 'failed' };
    const done = { turn_id: 't', item: { ...item, exit_code: 2 } };
    assert.equal(await outcomeOf(tested().event('item_completed', done)), 'failure', 'an item');
    assert.equal(
      await outcomeOf(tested().event('item_completed', { turn_id: 't', item })),
      undefined,
      'an item without exit code',
    );
  });

  it('leaves out commands that never ran', async () => {
    for (const output of ['exec command rejected by user', 'Tool call blocked by PreToolUse hook: no']) {
      assert.equal(await outcomeOf(tested().output('test', output)), 'success', output);
    }
    const item = { type: 'CommandExecution', id: 'test', status: 'declined' };
    assert.equal(await outcomeOf(tested().event('item_completed', { turn_id: 't', item })), 'success');
  });

  it('of a command that takes long comes with a later call', async () => {
    const rollout = tested().output('test', GOES_ON);
    assert.equal(await outcomeOf(rollout), undefined, 'it goes on');
    rollout.call('w1', 'write_stdin', { session_id: 4711, chars: '' }).output('w1', GOES_ON);
    assert.equal(await outcomeOf(rollout), undefined, 'it still goes on');
    rollout.call('w2', 'write_stdin', { session_id: 4711, chars: '' }).output('w2', FAILED);
    const session = await read(rollout);
    assert.deepEqual([session.outcome, session.outcomeCommand], ['failure', 'npm test']);
  });

  it('of a command that was broken off is not known', async () => {
    const rollout = tested().output('test', GOES_ON);
    rollout.call('w', 'write_stdin', { session_id: 4711, chars: '\u0003' }).output('w', FAILED);
    assert.equal(await outcomeOf(rollout), undefined);
    const failing = tested().output('test', GOES_ON);
    failing.call('w', 'write_stdin', { session_id: 4711, chars: '\u0003' }).output('w', 'write_stdin failed: closed');
    failing.call('v', 'write_stdin', { session_id: 4711, chars: '' }).output('v', PASSED);
    assert.equal(await outcomeOf(failing), 'success', 'it could not be broken off');
  });

  it('does not mix up commands that run at once', async () => {
    const rollout = tested().output('test', GOES_ON);
    rollout.call('other', 'exec_command', { cmd: 'sleep 60' }).output('other', GOES_ON.replace('4711', '4712'));
    rollout.call('w', 'write_stdin', { session_id: 4712 }).output('w', FAILED);
    assert.equal(await outcomeOf(rollout), undefined);
    rollout.call('v', 'write_stdin', { session_id: 4711 }).output('v', PASSED);
    assert.equal(await outcomeOf(rollout), 'success');
  });

  for (const [what, command, expected] of [
    ['a login shell', ['/bin/zsh', '-lc', 'npm test'], 'failure'],
    ['PowerShell', ['powershell.exe', '-NoProfile', '-Command', 'npm test'], 'failure'],
    ['no shell', ['npm', 'test'], 'failure'],
    ['no shell, with signs of one in a word', ['rg', 'a && npm test'], undefined],
    ['no shell, with a quote in a word', ['npm', 'test', '--', "it's"], 'failure'],
  ] as const) {
    it(`of a list of words: ${what}`, async () => {
      const rollout = new Rollout().call('c', 'shell', { command }).output('c', 'Exit code: 1\nOutput:\n');
      assert.equal(await outcomeOf(rollout), expected);
    });
  }
});
