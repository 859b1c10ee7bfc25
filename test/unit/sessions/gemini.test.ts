import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { GeminiFacts } from '../../../src/sessions/gemini/geminiFacts';
import { GeminiSessions } from '../../../src/sessions/gemini/geminiSessions';
import type { GeminiOptions } from '../../../src/sessions/gemini/geminiSessions';
import type { IndexedSession } from '../../../src/sessions/model';
import { MemoryFiles } from './support/memoryFiles';

const WORKSPACE = '/home/ada/shop';
const GEMINI = '/home/ada/.gemini';
const CHATS = `${GEMINI}/tmp/shop/chats`;
const FILE = `${CHATS}/session-2026-03-04T09-00-aaaaaaaa.jsonl`;
const START = Date.UTC(2026, 2, 4, 9);
const LATER = START + 48 * 60 * 60_000;

type Fields = Record<string, unknown>;

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const header = (fields: Fields = {}): Fields => ({
  sessionId: 's',
  projectHash: 'h',
  startTime: at(0),
  kind: 'main',
  ...fields,
});
const user = (id: string, content: unknown, seconds = 1): Fields => ({
  id,
  timestamp: at(seconds),
  type: 'user',
  content,
});
const answer = (id: string, tokens?: Fields, more: Fields = {}): Fields => ({
  id,
  timestamp: at(2),
  type: 'gemini',
  content: 'done',
  model: 'gemini-2.5-pro',
  ...(tokens ? { tokens } : {}),
  ...more,
});
const spent = (input: number, cached: number, output: number, thoughts = 0, tool = 0): Fields => ({
  input,
  cached,
  output,
  thoughts,
  tool,
});
const call = (id: string, name: string, args: Fields = {}, status = 'success', output = ''): Fields => ({
  id,
  name,
  args,
  status,
  result: [{ functionResponse: { response: { output } } }],
});
const jsonl = (...records: unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

class Bench {
  readonly files = new MemoryFiles();
  readonly problems: string[] = [];
  readonly source: GeminiSessions;

  constructor(options: Partial<GeminiOptions> = {}) {
    this.source = new GeminiSessions({
      environment: { home: '/home/ada' },
      access: this.files,
      rules: { windows: false },
      ...options,
    });
    this.files.write(`${GEMINI}/projects.json`, JSON.stringify({ projects: { [WORKSPACE]: 'shop' } }));
  }

  async scan(now = LATER, folders: readonly string[] = [WORKSPACE]): Promise<IndexedSession[]> {
    this.problems.length = 0;
    return this.source.scan(folders, now, (message) => this.problems.push(message));
  }

  async only(now = LATER): Promise<IndexedSession> {
    const [session, ...others] = await this.scan(now);
    if (!session || others.length > 0) {
      throw new Error(`Expected one session, found ${session ? others.length + 1 : 0}`);
    }
    return session;
  }
}

function read(...records: unknown[]): Promise<IndexedSession> {
  const bench = new Bench();
  bench.files.write(FILE, jsonl(header(), ...records));
  return bench.only();
}

describe('Gemini CLI: counting', () => {
  it('tells cached input, thoughts and tool prompts apart', async () => {
    const session = await read(answer('a', spent(100, 30, 10, 5, 7)), answer('b', spent(50, 0, 5)));
    assert.deepEqual(session.tokens, { input: 127, output: 15, cacheRead: 30, cacheWrite: 0, reasoning: 5 });
    assert.deepEqual(session.models, { 'gemini-2.5-pro': 2 });
  });

  it('prices thoughts as output', async () => {
    const { costUsd } = await read(answer('a', spent(0, 0, 50_000, 50_000)));
    assert.ok(Math.abs((costUsd ?? 0) - 1) < 1e-9);
  });

  it('takes the last record of a message', async () => {
    const session = await read(
      answer('a', spent(1, 0, 1)),
      answer('a', spent(100, 0, 10)),
      user('u', 'hi'),
      user('u', 'hi'),
    );
    assert.deepEqual([session.tokens?.input, session.prompts], [100, 1]);
  });

  it('has unknown tokens where no message has counts', async () => {
    const session = await read(user('u', 'hi'), answer('a'));
    assert.deepEqual([session.tokens, session.tokensKnown, session.costUsd], [undefined, 'none', undefined]);
  });

  it('keeps what was spent when a resumed session writes its messages again without counts', async () => {
    const tools = { toolCalls: [call('c', 'read_file', {}, 'error')] };
    const first = [user('u', [{ text: 'hi' }]), answer('a', spent(100, 0, 10), tools)];
    const again = [
      { ...user('ctx', [{ text: '<session_context> x' }]) },
      { ...user('u', [{ text: 'hi' }]), timestamp: at(900) },
      { id: 'a', type: 'gemini', timestamp: at(900), content: [{ functionCall: { id: 'c', name: 'read_file' } }] },
      { ...user('new-id', [{ text: 'hi' }]), timestamp: at(900) },
    ];
    const session = await read(
      ...first,
      header(),
      { $set: { messages: again } },
      user('u2', 'ho', 901),
      answer('b', spent(50, 0, 5)),
    );
    assert.deepEqual([session.tokens?.input, session.prompts, session.toolCalls, session.toolErrors], [150, 2, 1, 1]);
  });

  it('counts messages that only a list holds', async () => {
    assert.equal((await read({ $set: { messages: [user('u', 'hi'), answer('a', spent(5, 0, 1))] } })).prompts, 1);
  });

  it('counts what was rewound: it was done and paid for', async () => {
    const session = await read(user('u', 'hi'), answer('a', spent(100, 0, 10)), { $rewindTo: 'u' }, user('v', 'ho'));
    assert.deepEqual([session.prompts, session.tokens?.input], [2, 100]);
  });

  it('takes for prompts only what a person typed', async () => {
    const texts = ['<session_context>', 'System: Please continue.', '/help', '?', '', '<state_snapshot>', 'Do it'];
    assert.equal((await read(...texts.map((text, i) => user(`u${i}`, text)))).prompts, 1);
    assert.equal((await read(user('u', [{ functionResponse: {} }]))).prompts, 0);
  });

  it('counts calls once, failed ones, repeats and changed files', async () => {
    const toolCalls = [
      call('1', 'write_file', { file_path: 'a.ts' }),
      call('2', 'replace', { file_path: 'a.ts' }),
      call('3', 'replace', { file_path: 'b.ts' }, 'error'),
      call('4', 'replace', { file_path: 'c.ts' }, 'cancelled'),
      call('5', 'read_file', { file_path: 'd.ts' }),
      call('6', 'read_file', { file_path: 'd.ts' }),
    ];
    const session = await read(answer('a', undefined, { toolCalls }), answer('a', undefined, { toolCalls }));
    assert.deepEqual([session.toolCalls, session.toolErrors, session.toolLoops, session.filesTouched], [6, 1, 1, 1]);
  });

  it('tells the outcome by the exit code of the last test', async () => {
    const run = (output: string): Promise<IndexedSession> =>
      read(
        answer('a', undefined, {
          toolCalls: [call('1', 'run_shell_command', { command: 'npm test' }, 'success', output)],
        }),
      );
    const old = (rest: string): string => `Command: npm test\nDirectory: (root)\nOutput: x\nError: (none)\n${rest}`;
    const pgid = 'Process Group PGID: 7';
    const mark = '</untrusted_context>';
    const end = 'Signal: 0\nBackground PIDs: (none)\nProcess Group PGID: 7';
    for (const [output, expected] of [
      [old(`Exit Code: 1\n${end}`), 'failure'],
      [old(`Exit Code: 0\n${end}`), 'success'],
      [old(`Exit Code: 0\n${end}`).replaceAll('\n', '\\n'), 'success'],
      [old('Exit Code: (none)\nSignal: 15\nProcess Group PGID: 7'), undefined],
      ['Command: npm test\nExit Code: 1\n', 'failure'],
      ['Output: fine\nProcess Group PGID: 7', 'success'],
      ['Output: Error: of the test itself\nfine\nProcess Group PGID: 7', 'success'],
      ['Output: not so\nExit Code: 1\nProcess Group PGID: 7', 'failure'],
      ['Output: Exit Code: 1\nfine\nProcess Group PGID: 7', 'success'],
      ['<untrusted_context>\nOutput: fine\nProcess Group PGID: 7\n</untrusted_context>', 'success'],
      ['<untrusted_context>\nOutput: no\nExit Code: 2\nProcess Group PGID: 7\n</untrusted_context>', 'failure'],
      ['<untrusted_context>\nCommand was cancelled by user.\nExit Code: 1\n</untrusted_context>', undefined],
      ['Output: x\nError: spawn ENOENT\nProcess Group PGID: 7', undefined],
      ['Output: x\nExit Code: 137\nSignal: 9\nProcess Group PGID: 7', undefined],
      ['Output: cut somewhere', undefined],
      [`Output too large. Showing some.\n<untrusted_context>\nOutput: x\n…\nExit Code: 2\n${pgid}\n${mark}`, 'failure'],
      [`Output too large. Showing some.\n<untrusted_context>\nOutput: x\n…\nx\n${pgid}\n${mark}`, 'success'],
      [`Output too large. Showing some.\n<untrusted_context>\nCommand was cancelled\nx\n${pgid}\n${mark}`, undefined],
      ['Command was cancelled by user. Below is the output before it was cancelled:\nExit Code: 1', undefined],
      ['Command moved to background (PID: 7). Output hidden.', undefined],
      ['what', undefined],
    ] as const) {
      assert.equal((await run(output)).outcome, expected, output);
    }
  });

  it('tells no outcome by a call that failed without an exit code, and leaves out one that never ran', async () => {
    const passed = call(
      '1',
      'run_shell_command',
      { command: 'npm test' },
      'success',
      'Output: fine\nProcess Group PGID: 7',
    );
    const then = (status: string, response: Fields): Promise<IndexedSession> => {
      const last = { ...call('2', 'run_shell_command', { command: 'npm test' }, status), result: [] as unknown[] };
      last.result = [{ functionResponse: { response } }];
      return read(answer('a', undefined, { toolCalls: [passed, last] }));
    };
    assert.equal((await then('error', { error: 'The shell could not be started' })).outcome, undefined);
    assert.equal((await then('error', { error: 'Tool execution denied by policy.' })).outcome, 'success');
    assert.equal((await then('cancelled', { error: 'The person said no' })).outcome, 'success');
  });

  it('takes no other tool for the shell', async () => {
    const toolCalls = [call('1', 'explain', { command: 'npm test' }, 'success', 'Output: fine\nProcess Group PGID: 7')];
    assert.equal((await read(answer('a', undefined, { toolCalls }))).outcome, undefined);
  });

  it('takes times from messages and from the header', async () => {
    const session = await read(user('u', 'hi', 5), { $set: { lastUpdated: at(30) } });
    assert.deepEqual([session.startedAt, session.lastActiveAt], [START, START + 30_000]);
  });

  it('keeps of notes only their times, however many there are', async () => {
    const note = (seconds: number): Fields => ({
      id: `n${seconds}`,
      timestamp: at(seconds),
      type: 'info',
      content: 'A note',
    });
    const session = await read(user('u', 'hi', 1), note(100), note(200), answer('a', spent(1, 0, 1)), note(301));
    assert.deepEqual([session.prompts, session.activeMinutes, session.lastActiveAt], [1, 5 + 1 / 60, START + 301_000]);
    assert.equal((await read(note(60), note(120))).activeMinutes, 2, 'a session of nothing but notes');
    const facts = new GeminiFacts();
    for (let n = 0; n < 20_000; n++) facts.add(note(n));
    assert.equal(facts.messages.size, 0);
    assert.ok(facts.times.length < 2000);
  });

  it('does not take the text of a hook for a prompt, nor for a part of one', async () => {
    const told = await read(
      user('u', '<hook_context>Be brief.</hook_context>\n\nAdd a cart', 1),
      answer('a', spent(1, 0, 1)),
    );
    assert.deepEqual([told.prompts, told.title], [1, 'Add a cart']);
    const alone = await read(
      user('u', '<hook_context>Be brief.', 1),
      user('v', 'Add a cart', 2),
      answer('a', spent(1, 0, 1)),
    );
    assert.deepEqual([alone.prompts, alone.title], [1, 'Add a cart']);
  });

  it('is live for some minutes', async () => {
    const bench = new Bench({ liveMinutes: 10 });
    bench.files.write(FILE, jsonl(header(), user('u', 'hi')));
    assert.equal((await bench.only(START + 60_000)).endedAt, undefined);
    assert.equal((await bench.only()).endedAt, START + 1000);
  });
});

describe('Gemini CLI: where', () => {
  const text = jsonl(header(), user('u', 'hi'));
  const hash = (folder: string): string => createHash('sha256').update(folder).digest('hex');
  const found = async (bench: Bench, folders?: readonly string[]): Promise<number> =>
    (await bench.scan(LATER, folders)).length;

  it('is a folder that the registry, a marker or the hash of the path explains', async () => {
    for (const [name, marker] of [
      ['shop', undefined],
      ['other', WORKSPACE],
      [hash(WORKSPACE), undefined],
    ] as const) {
      const bench = new Bench();
      bench.files.write(`${GEMINI}/tmp/${name}/chats/session-a.jsonl`, text);
      if (marker !== undefined) {
        bench.files.write(`${GEMINI}/tmp/${name}/.project_root`, `${marker}\n`);
      }
      assert.equal(await found(bench), 1, name);
    }
  });

  it('is not the folder of another project', async () => {
    const bench = new Bench();
    bench.files.write(`${GEMINI}/tmp/unknown/chats/session-a.jsonl`, text);
    bench.files.write(`${GEMINI}/tmp/shop/.project_root`, '/home/ada/shop-2');
    bench.files.write(FILE, text);
    assert.equal(await found(bench), 0);
  });

  it('takes in projects below the workspace', async () => {
    const bench = new Bench();
    bench.files.write(FILE, text);
    assert.equal(await found(bench, ['/home/ada']), 1);
  });

  it('knows Windows paths, which are written in lower case', async () => {
    const bench = new Bench({ rules: { windows: true } });
    bench.files.write(`${GEMINI}/projects.json`, JSON.stringify({ projects: { 'c:\\work\\shop': 'win' } }));
    bench.files.write(`${GEMINI}/tmp/win/chats/session-a.jsonl`, text);
    bench.files.write(
      `${GEMINI}/tmp/${hash('c:\\work\\shop')}/chats/session-b.json`,
      JSON.stringify({ sessionId: 'old', messages: [user('u', 'hi')] }),
    );
    const sessions = await bench.scan(LATER, ['C:\\Work\\Shop']);
    assert.deepEqual(sessions.map(({ id, workspaceFolder }) => [id, workspaceFolder]).sort(), [
      ['old', 'C:\\Work\\Shop'],
      ['s', 'C:\\Work\\Shop'],
    ]);
  });

  it('may be named by the environment or a setting', async () => {
    for (const options of [
      { environment: { home: '/x', GEMINI_CLI_HOME: '/home/ada' } },
      { environment: { home: '/x' }, folder: GEMINI },
    ]) {
      const bench = new Bench(options);
      bench.files.write(FILE, text);
      assert.equal(await found(bench), 1);
    }
  });

  it('may be nowhere, and a damaged registry is reported', async () => {
    const bench = new Bench();
    assert.deepEqual([await bench.scan(), bench.problems], [[], []]);
    bench.files.write(`${GEMINI}/projects.json`, '{');
    assert.deepEqual(await bench.scan(), []);
    assert.equal(bench.problems.length, 1);
  });
});

describe('Gemini CLI: several files', () => {
  it('of one session, in the old format and the new, count each message once', async () => {
    const bench = new Bench();
    const messages = [user('u', 'hi'), answer('a', spent(100, 0, 10))];
    bench.files.write(FILE.replace('.jsonl', '.json'), JSON.stringify({ ...header(), messages }));
    bench.files.write(FILE, jsonl(header(), ...messages, user('v', 'ho'), answer('b', spent(50, 0, 5))));
    const session = await bench.only();
    assert.deepEqual([session.prompts, session.tokens?.input, session.transcript], [2, 150, FILE]);
  });

  it('of sub-agents count with their session', async () => {
    const bench = new Bench();
    bench.files.write(FILE, jsonl(header(), user('u', 'hi'), answer('a', spent(100, 0, 10))));
    bench.files.write(
      `${CHATS}/s/helper.jsonl`,
      jsonl(header({ sessionId: 'helper', kind: 'subagent' }), user('x', 'do'), answer('y', spent(7, 0, 1))),
    );
    const session = await bench.only();
    assert.deepEqual([session.prompts, session.tokens?.input, session.subagentTokens?.input], [1, 107, 7]);
  });

  it('of a sub-agent whose session is gone stand for themselves', async () => {
    const bench = new Bench();
    bench.files.write(
      `${CHATS}/gone/helper.jsonl`,
      jsonl(header({ sessionId: 'helper', kind: 'subagent' }), user('x', 'do')),
    );
    const session = await bench.only();
    assert.deepEqual([session.id, session.prompts], ['helper', 0]);
  });

  it('without ids do not mix', async () => {
    const bench = new Bench();
    for (const id of ['a', 'b']) {
      bench.files.write(
        `${CHATS}/${id}.jsonl`,
        jsonl(header({ sessionId: id }), { type: 'user', content: 'hi', timestamp: at(1) }),
      );
    }
    assert.deepEqual(
      (await bench.scan()).map(({ prompts }) => prompts),
      [1, 1],
    );
  });
});

describe('Gemini CLI: reading', () => {
  it('keeps what a document said while it is being rewritten, and says so', async () => {
    const bench = new Bench();
    const file = `${CHATS}/session-a.json`;
    bench.files.write(file, JSON.stringify({ ...header(), messages: [user('u', 'hi')] }));
    await bench.only();
    bench.files.write(file, '{"messages":[');
    assert.equal((await bench.only()).prompts, 1);
    assert.equal(bench.problems.length, 1);
    bench.files.remove(file);
    assert.deepEqual(await bench.scan(), []);
  });

  it('reads only what was appended', async () => {
    const bench = new Bench();
    bench.files.write(FILE, jsonl(header(), ...Array.from({ length: 200 }, (_, i) => user(`u${i}`, 'hi'))));
    await bench.only();
    bench.files.forgetCounts();
    bench.files.append(FILE, jsonl(user('new', 'ho')));
    assert.equal((await bench.only()).prompts, 201);
    assert.ok(bench.files.bytesRead < 400);
  });

  it('finds the same however the file came to be, byte by byte', async () => {
    const toolCalls = [call('1', 'write_file', { file_path: 'ä.ts' })];
    const whole = Buffer.from(
      jsonl(header(), user('u', 'Grüße 👋'), answer('a', spent(10, 2, 3), { toolCalls }), user('v', 'x')),
    );
    const all = new Bench();
    all.files.write(FILE, whole);
    const expected = await all.only();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (cut) => {
        const bench = new Bench();
        bench.files.write(FILE, whole.subarray(0, cut));
        await bench.scan();
        bench.files.append(FILE, whole.subarray(cut));
        assert.deepEqual(await bench.only(), expected);
      }),
    );
  });

  it('survives any records', async () => {
    const record = fc.record(
      {
        id: fc.jsonValue(),
        type: fc.constantFrom('user', 'gemini', 'x'),
        timestamp: fc.jsonValue(),
        content: fc.jsonValue(),
        tokens: fc.oneof(fc.jsonValue(), fc.record({ input: fc.nat(), cached: fc.nat(), output: fc.jsonValue() })),
        toolCalls: fc.array(
          fc.oneof(fc.jsonValue(), fc.record({ id: fc.string(), args: fc.jsonValue(), result: fc.jsonValue() })),
        ),
        $set: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 8 }), async (records) => {
        const session = await read(user('mine', 'hi'), answer('own', spent(10, 0, 1)), ...records);
        assert.ok(session.prompts >= 1);
        for (const count of Object.values(session.tokens ?? {})) {
          assert.ok(Number.isSafeInteger(count) && count >= 0);
        }
      }),
    );
  });
});
