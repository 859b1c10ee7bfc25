import assert from 'node:assert/strict';
import type { IndexedSession } from '../../../src/sessions/model';
import { Bench, read, Recorder, SESSION_A, SESSION_B } from './support/claudeRecords';

const start = (): Recorder => new Recorder().prompt('Make it work');
const FAILED = { isError: true };
const outcomeOf = (session: IndexedSession): unknown => [
  session.outcome,
  session.outcomeSource,
  session.outcomeCommand,
];
const UNKNOWN = [undefined, undefined, undefined];

describe('Claude Code: the outcome of a session', () => {
  it('is that of its last test or build command', async () => {
    const recorder = start().command('t1', 'npm test', 'Exit code 1\n2 failing', FAILED).command('t2', 'git status');
    assert.deepEqual(outcomeOf(await read(recorder)), ['failure', 'command', 'npm test']);
    recorder.command('t3', 'cd web && npm run build', 'built').command('t4', 'ls', 'Exit code 2\nno', FAILED);
    assert.deepEqual(outcomeOf(await read(recorder)), ['success', 'command', 'cd web && npm run build']);
  });

  it('is missing where no test or build ran, or none that tells', async () => {
    assert.deepEqual(outcomeOf(await read(start().command('t1', 'git commit -m "run the tests"'))), UNKNOWN);
    const tail = start().command('t1', 'npm test', 'ok').command('t2', 'npm test 2>&1 | tail -5', 'ok');
    assert.deepEqual(outcomeOf(await read(tail)), UNKNOWN, 'an earlier run does not stand in for a later one');
    const open = start().command('t1', 'npm test', 'ok').call('t2', 'Bash', { command: 'npm test' });
    assert.deepEqual(outcomeOf(await read(open)), UNKNOWN, 'one that goes on');
  });

  for (const [what, output, isError] of [
    ['that goes on in the background', 'Command running in background with ID: b1', false],
    ['that the person moved to the background', 'Command was manually backgrounded by user with ID: b1', false],
    ['that was stopped', 'Exit code 137\n[Request interrupted by user for tool use]', true],
    ['that took too long', 'Exit code 143\nCommand timed out after 2m 0.0s', true],
    ['that a hook may have kept from running', 'Formatting is wrong', true],
  ] as const) {
    it(`is not known after a test ${what}`, async () => {
      const recorder = start().command('t1', 'npm test', 'ok').command('t2', 'npm test', output, { isError });
      assert.deepEqual(outcomeOf(await read(recorder)), UNKNOWN);
    });
  }

  for (const output of [
    "The user doesn't want to proceed with this tool use. The tool use was rejected",
    "Claude requested permissions to use Bash, but you haven't granted it yet.",
    'Permission to use Bash with command npm test has been denied.',
    '<tool_use_error>InputValidationError: Bash failed</tool_use_error>',
  ]) {
    it(`stays what it was after a test that did not run: ${output.slice(0, 30)}…`, async () => {
      const recorder = start().command('t1', 'npm test', 'ok').command('t2', 'npm test', output, FAILED);
      assert.deepEqual(outcomeOf(await read(recorder)), ['success', 'command', 'npm test']);
    });
  }

  it('is judged by time over the files of a session, those of sub-agents too', async () => {
    const subagent = new Recorder({ isSidechain: true }).wait(60).command('s1', 'pytest', 'Exit code 1\n', FAILED);
    const bench = new Bench().put({
      [`${SESSION_A}.jsonl`]: start().command('t1', 'npm test', 'ok'),
      [`${SESSION_A}/subagents/agent-1.jsonl`]: subagent,
    });
    assert.deepEqual(outcomeOf(await bench.only()), ['failure', 'command', 'pytest']);
  });

  it('of a copied history counts for the session that it was copied from', async () => {
    const old = start().command('t1', 'npm test', 'Exit code 1\n', FAILED);
    const copy = new Recorder({ sessionId: SESSION_B });
    for (const line of old.lines) copy.raw(line.replaceAll(SESSION_A, SESSION_B).replaceAll('"uuid"', '"was"'));
    const bench = new Bench().put({
      [`${SESSION_A}.jsonl`]: old,
      [`${SESSION_B}.jsonl`]: copy.wait(900).prompt('Go on', { forkedFrom: {} }).answer('m9', [1, 1, 0, 0]),
    });
    const sessions = await bench.scan();
    assert.deepEqual(sessions.map(({ id, outcome }) => [id, outcome]).sort(), [
      [SESSION_A, 'failure'],
      [SESSION_B, undefined],
    ]);
  });

  it('shows no secret of the command', async () => {
    const recorder = start().command('t1', 'API_KEY=sk-abcdefghijklmnop1234 npm test -- \u202e', 'ok');
    assert.deepEqual(outcomeOf(await read(recorder)), ['success', 'command', 'API_KEY=••• npm test --']);
    const long = start().command('t1', `npm test -- ${'spec '.repeat(100)}`, 'ok');
    assert.ok(((await read(long)).outcomeCommand?.length ?? 0) <= 160);
  });
});
