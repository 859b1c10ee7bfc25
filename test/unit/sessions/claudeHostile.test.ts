import assert from 'node:assert/strict';
import { Bench, Recorder, SESSION_A, read } from './support/claudeRecords';

describe('Claude Code: hostile transcripts', function () {
  this.timeout(30_000); // Generous: slow machines, much data.

  const good = (): Recorder => new Recorder().prompt('fine').answer('m1', [1, 10, 0, 0]);
  const tail = (recorder: Recorder): Recorder => recorder.answer('m2', [1, 20, 0, 0]);

  for (const [what, line] of [
    ['200,000 levels of arrays', `{"type":"user","message":{"content":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`],
    ['no JSON', '{"type": oops'],
    ['an array', '[1, 2]'],
    ['a number', '17'],
    ['null', 'null'],
    ['NULs before the record', `${'\0'.repeat(5000)}{"type":"system"}`],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0xc3, 0x28]).toString('latin1')],
    ['__proto__', '{"__proto__":{"type":"assistant"},"constructor":1}'],
  ] as const) {
    it(`${what} do no harm to the rest`, async () => {
      const session = await read(tail(good().raw(line)));
      assert.equal(session.tokens?.output, 30);
      assert.equal(session.prompts, 1);
    });
  }

  it('a tool input that is nested too deeply is a call like any other', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const call = (id: string): string =>
      `{"type":"assistant","uuid":"${id}","message":{"id":"${id}","content":[{"type":"tool_use","id":"${id}","name":"X","input":${deep}}]}}`;
    const session = await read(tail(good().raw(call('d1')).raw(call('d2'))));
    assert.equal(session.toolCalls, 2);
    assert.equal(session.tokens?.output, 30);
  });

  it('a line of 20 MB is read', async () => {
    const session = await read(tail(good().result('t', false, { toolUseResult: 'x'.repeat(20 * 1024 * 1024) })));
    assert.equal(session.tokens?.output, 30);
  });

  it('tags that are opened over and over take no time', async () => {
    const session = await read(
      tail(good().prompt('<ide_x>'.repeat(200_000)).prompt('<system-reminder>'.repeat(200_000))),
    );
    assert.equal(session.prompts, 3);
  });

  it('a line over the limit is skipped and told', async () => {
    const bench = new Bench({ maxLineBytes: 10_000 }).put({
      [`${SESSION_A}.jsonl`]: tail(good().answer('m9', [9, 9, 9, 9], ['x'.repeat(20_000)])),
    });
    assert.equal((await bench.only()).tokens?.output, 30);
    assert.match(bench.problems[0] ?? '', /1 unreadable/);
  });

  it('values of the wrong type are taken for absent, wherever they stand', async () => {
    const wrong: unknown[] = [null, 1, -1, 1.5, Number.MAX_VALUE, '', 'x', true, [], [null], {}, { a: 1 }, '\u0000'];
    const fields = ['type', 'uuid', 'sessionId', 'timestamp', 'cwd', 'gitBranch', 'isSidechain', 'message', 'leafUuid'];
    const inMessage = ['id', 'model', 'content', 'usage', 'role'];
    const recorder = good();
    for (const value of wrong) {
      for (const field of fields.filter((name) => name !== 'sessionId' && name !== 'cwd')) {
        recorder.record({ type: 'system', [field]: value });
      }
      for (const type of ['user', 'assistant']) {
        for (const field of inMessage) {
          recorder.record({ type, isMeta: true, message: { id: 'w', [field]: value } });
        }
        recorder.record({ type, isMeta: true, message: { id: 'w', content: [value, { type: value }] } });
      }
      recorder.record({ type: 'assistant', message: { id: 'w', usage: { input_tokens: value === 1 ? 0 : value } } });
      recorder.record({
        type: 'assistant',
        message: { id: 'w2', content: [{ type: 'tool_use', id: value, name: value, input: value }] },
      });
      for (const note of ['summary', 'custom-title', 'ai-title', 'relocated']) {
        recorder.record({
          type: note,
          summary: value,
          leafUuid: value,
          customTitle: value === 'x' ? 1 : value,
          aiTitle: 1,
          relocatedCwd: 7,
        });
      }
    }
    const session = await read(tail(recorder));
    assert.deepEqual(session.tokens, { input: 2, output: 30, cacheRead: 0, cacheWrite: 0 });
    assert.equal(session.prompts, 1);
    assert.ok(Number.isFinite(session.wallMinutes));
  });

  it('times that no transcript can have are ignored', async () => {
    const recorder = good();
    for (const timestamp of [
      '+275760-09-13T00:00:00.000Z',
      '1970-01-01T00:00:00Z',
      '12',
      'tomorrow',
      1e18,
      '9999-12-31T00:00:00Z',
    ]) {
      recorder.prompt('when?', { timestamp });
    }
    assert.ok((await read(recorder)).wallMinutes < 1);
  });

  it('a file of nothing but NULs or blank lines is no session', async () => {
    const bench = new Bench().put({ [`${SESSION_A}.jsonl`]: `${'\0'.repeat(100_000)}\n\n\r\n  \n` });
    assert.deepEqual(await bench.scan(), []);
    assert.deepEqual(bench.problems, []);
  });
});
