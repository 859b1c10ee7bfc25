import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CompressedCache } from '../../../src/sessions/codex/compressedCache';
import { CodexFacts } from '../../../src/sessions/codex/codexFacts';
import { codexHome } from '../../../src/sessions/codex/codexLocations';
import { CodexBench, DAY, read, Rollout, WORKSPACE, zstdFrame } from './support/codexRecords';
import { MemoryFiles } from './support/memoryFiles';

function rollout(): Rollout {
  return new Rollout()
    .turn('gpt-5', 't1')
    .prompt('Grüße 👋')
    .call('c', 'shell', { cmd: 'ls' })
    .output('c', 'Exit code: 1\n')
    .spend([100, 10, 10, 2])
    .spend([120, 90, 12, 3]);
}

describe('Codex: where', () => {
  it('is the setting, else CODEX_HOME, else the home folder; empty is unset', () => {
    assert.equal(codexHome({ home: '/h' }), '/h/.codex');
    assert.equal(codexHome({ home: '/h', CODEX_HOME: '' }), '/h/.codex');
    assert.equal(codexHome({ home: '/h', CODEX_HOME: '/c' }), '/c');
    assert.equal(codexHome({ home: '/h', CODEX_HOME: '/c' }, '~/mine'), '/h/mine');
  });

  it('has a folder per day and one for the archive', async () => {
    const bench = new CodexBench().put({
      '/home/ada/.codex/archived_sessions/x.jsonl': rollout(),
      [`${DAY}/y.jsonl`]: new Rollout({ id: 'y', cwd: WORKSPACE }).prompt('hi'),
      [`${DAY}/notes.txt`]: 'no',
    });
    assert.deepEqual((await bench.scan()).map(({ id }) => id).sort(), ['thread-a', 'y']);
  });

  it('may be nowhere', async () => {
    const bench = new CodexBench();
    assert.deepEqual([await bench.scan(), bench.problems], [[], []]);
  });

  it('may have links in circles', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': rollout() });
    bench.files.links.set(`${DAY}/again`, DAY);
    assert.equal((await bench.scan()).length, 1);
  });
});

describe('Codex: reading', () => {
  it('reads a file of another folder no further than its first record, and never again', async () => {
    const bench = new CodexBench({ maxLineBytes: 1000 });
    const other = new Rollout({ id: 'o', cwd: '/elsewhere' });
    for (let i = 0; i < 50_000; i++) {
      other.lines.push('{"type":"event_msg","payload":{"type":"agent_message"}}');
    }
    bench.put({ 'a.jsonl': other });
    assert.deepEqual(await bench.scan(), []);
    assert.ok(bench.files.bytesRead < 600_000);
    bench.files.forgetCounts();
    await bench.scan();
    assert.equal(bench.files.bytesRead, 0);
  });

  it('reads only what was appended', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': rollout() });
    await bench.only();
    bench.files.forgetCounts();
    const more = rollout().spend([30, 0, 3, 0]);
    bench.files.append(`${DAY}/a.jsonl`, `${more.lines.at(-1) ?? ''}\n`);
    assert.equal((await bench.only()).tokens?.output, 25);
    assert.ok(bench.files.bytesRead < 700);
    bench.files.forgetCounts();
    await bench.only();
    assert.equal(bench.files.bytesRead, 0);
  });

  it('finds the same however the file came to be, byte by byte', async () => {
    const whole = Buffer.from(rollout().text);
    const expected = await read(rollout());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 4 }), async (cuts) => {
        const bench = new CodexBench();
        bench.files.write(`${DAY}/rollout-a.jsonl`, '');
        let from = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), whole.length]) {
          bench.files.append(`${DAY}/rollout-a.jsonl`, whole.subarray(from, cut));
          from = cut;
          await bench.scan();
        }
        assert.deepEqual(await bench.only(), expected);
      }),
      { numRuns: 60 },
    );
  });

  it('finds the same whatever the names of the files', async () => {
    const fork = rollout().forkedBy({ id: 'fork', cwd: WORKSPACE, forked_from_id: 'thread-a' }).spend([7, 0, 1, 0]);
    for (const names of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const sessions = await new CodexBench()
        .put({ [`${names[0]}.jsonl`]: rollout(), [`${names[1]}.jsonl`]: fork })
        .scan();
      assert.deepEqual(sessions.map(({ id, tokens }) => [id, tokens?.output]).sort(), [
        ['fork', 1],
        ['thread-a', 22],
      ]);
    }
  });

  it('survives any records', async () => {
    const types = ['session_meta', 'turn_context', 'event_msg', 'response_item', 'token_usage_record', 'x'];
    const inner = ['token_count', 'user_message', 'item_completed', 'function_call', 'function_call_output', 'message'];
    const payload = fc.record(
      {
        type: fc.constantFrom(...inner),
        info: fc.jsonValue(),
        item: fc.jsonValue(),
        content: fc.jsonValue(),
        output: fc.jsonValue(),
        call_id: fc.jsonValue(),
        source: fc.jsonValue(),
        message: fc.jsonValue(),
        turn_id: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const record = fc.record({
      type: fc.constantFrom(...types),
      payload: fc.oneof(payload, fc.jsonValue()),
      timestamp: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 12 }), async (records) => {
        const lines = rollout().lines.concat(records.map((each) => JSON.stringify(each)));
        const session = await read(lines.join('\n'));
        assert.ok(session.prompts >= 1 && session.toolCalls >= 1);
        for (const count of Object.values(session.tokens ?? {})) {
          assert.ok(Number.isSafeInteger(count) && count >= 0);
        }
      }),
    );
  });

  it('leaves out and reports what is no record', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': `\0\0\n{"torn":\n[]\n${rollout().text}\xff` });
    assert.equal((await bench.only()).tokens?.output, 22);
    assert.equal(bench.problems.length, 1);
  });

  it('reports what it may not read and reads the rest', async () => {
    const bench = new CodexBench().put({ 'a.jsonl': rollout(), 'b.jsonl': new Rollout({ id: 'b', cwd: WORKSPACE }) });
    bench.files.failing.set(`${DAY}/a.jsonl`, 'EACCES');
    assert.deepEqual(
      (await bench.scan()).map(({ id }) => id),
      ['b'],
    );
    assert.match(bench.problems.join(), /EACCES/);
  });

  it('names a session by its file where nothing else does', async () => {
    const id = '019e1625-789d-76c0-80ab-3724b5ddb799';
    const bench = new CodexBench().put({
      [`rollout-2026-05-11T11-26-55-${id}.jsonl`]: new Rollout(null).turn('gpt-5'),
    });
    assert.equal((await bench.only()).id, id);
  });
});

describe('Codex: compressed rollouts', () => {
  it('say the same as plain ones', async () => {
    const packed = await new CodexBench().put({ 'a.jsonl.zst': zstdFrame(Buffer.from(rollout().text), 37) }).only();
    const plain = await read(rollout());
    assert.deepEqual({ ...packed, transcript: '' }, { ...plain, transcript: '' });
  });

  it('count once beside a plain one, which is newer', async () => {
    const newer = rollout().spend([5, 0, 5, 0]);
    const bench = new CodexBench().put({ 'a.jsonl.zst': zstdFrame(Buffer.from(rollout().text)), 'a.jsonl': newer });
    assert.equal((await bench.only()).tokens?.output, 27);
  });

  it('are read once', async () => {
    const bench = new CodexBench().put({ 'a.jsonl.zst': zstdFrame(Buffer.from(rollout().text)) });
    await bench.only();
    bench.files.forgetCounts();
    await bench.only();
    assert.equal(bench.files.bytesRead, 0);
  });

  it('give what comes before the damage, and report it', async () => {
    const frame = zstdFrame(Buffer.from(rollout().text), 50);
    const bench = new CodexBench().put({ 'a.jsonl.zst': frame.subarray(0, frame.length - 200) });
    assert.equal((await bench.only()).prompts, 1);
    assert.equal(bench.problems.length, 1);
  });

  it('survive any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, magic) => {
        const start = magic ? [0x28, 0xb5, 0x2f, 0xfd] : [];
        const bench = new CodexBench().put({ 'a.jsonl.zst': Buffer.from([...start, ...bytes]) });
        assert.deepEqual(await bench.scan(), []);
      }),
    );
  });

  it('that ask for a huge window are refused', async () => {
    const frame = zstdFrame(Buffer.from(rollout().text));
    frame[5] = 0xa8; // 2 GiB
    const bench = new CodexBench().put({ 'a.jsonl.zst': frame });
    assert.deepEqual(await bench.scan(), []);
    assert.match(bench.problems.join(), /window/);
  });

  it('are read as far as their content goes that is not too much', async () => {
    const files = new MemoryFiles();
    const text = Buffer.from(rollout().text);
    files.write('/a.zst', zstdFrame(Buffer.concat([text, Buffer.alloc(20_000, '\n'), text]), 100));
    const problems: string[] = [];
    const cache = new CompressedCache<CodexFacts>(files, { maxContentBytes: 10_000, decodeAll: () => undefined });
    const found = await cache.read(
      '/a.zst',
      () => new CodexFacts(),
      () => true,
      (problem) => problems.push(problem),
    );
    assert.equal(found?.facts.events.length, 2);
    assert.deepEqual(problems, ['/a.zst: more than 10000 bytes of content; the rest was left out']);
  });

  it('are decoded at once by a faster decoder, but only where they are wanted', async () => {
    const files = new MemoryFiles();
    const text = Buffer.from(rollout().text);
    files.write('/a.zst', zstdFrame(text, 100));
    let whole = 0;
    const problems: string[] = [];
    const cache = new CompressedCache<CodexFacts>(files, {
      decodeAll: () => {
        whole++;
        return text;
      },
    });
    const read = (wanted: boolean): ReturnType<typeof cache.read> =>
      cache.read(
        '/a.zst',
        () => new CodexFacts(),
        (facts) => wanted || facts.cwd === undefined,
        (problem) => problems.push(problem),
      );
    assert.equal((await read(false))?.stopped, true);
    assert.equal(whole, 0);
    assert.equal((await read(true))?.facts.events.length, 2);
    assert.equal(whole, 1);
    assert.deepEqual(problems, []);
  });
});
