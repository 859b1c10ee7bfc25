import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toClaudeRecord } from '../../../src/sessions/claude/claudeRecord';
import type { ClaudeRecord } from '../../../src/sessions/claude/claudeRecord';
import { ClaudeSkim } from '../../../src/sessions/claude/claudeSkim';
import { parseLine } from '../../../src/sessions/reading/jsonLines';
import { searchableBuffer } from '../../../src/sessions/reading/stringFinder';
import { generateTranscript } from '../../../scripts/demo/claudeTranscript';

const skim = new ClaudeSkim();
const searchable = searchableBuffer(1 << 20);

function parsed(line: Buffer): ClaudeRecord | undefined {
  const result = parseLine(line);
  return result.kind === 'record' ? toClaudeRecord(result.record) : undefined;
}

/** The skimmer says what a full parse says, or nothing; in an ordinary buffer and in a searchable one. True where it says it. */
function check(line: Buffer): boolean {
  const expected = parsed(line);
  const inPlace = searchable.subarray(7, 7 + line.copy(searchable, 7));
  const among = Buffer.concat([Buffer.from('{}\n'), line, Buffer.from('\n}"]')]);
  const found = [
    skim.read(line, 0, line.length),
    skim.read(inPlace, 0, inPlace.length),
    skim.read(among, 3, 3 + line.length),
  ];
  for (const record of found) {
    if (record) assert.deepEqual(record, expected, line.toString());
  }
  assert.deepEqual(found[1], found[0]);
  assert.deepEqual(found[2], found[0]);
  return found[0] !== undefined;
}

const text = fc.oneof(
  fc.constantFrom(
    '',
    'user',
    'assistant',
    'tool_use',
    'tool_result',
    'human',
    '2026-03-04T09:00:00.000Z',
    'x'.repeat(50),
    `Exit code 1\n${'x'.repeat(80)}`,
    'x'.repeat(80),
  ),
  fc.constantFrom(
    '2026-02-30T09:00:00.000Z',
    '2026-03-04T24:00:00.000Z',
    '2026-03-04T09:00:00Z',
    '1999-01-01T00:00:00.000Z',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é', '\u0001', '\ud83d\ude00'), maxLength: 60 }),
);
const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.nat(),
  fc.double(),
  fc.constantFrom(-0, -1, 1.5, 1e21, 2 ** 53),
);
const name = fc.constantFrom(
  ...['type', 'uuid', 'timestamp', 'sessionId', 'cwd', 'gitBranch', 'forkedFrom', 'isSidechain', 'isMeta', 'isVirtual'],
  ...[
    'isApiErrorMessage',
    'origin',
    'kind',
    'message',
    'role',
    'content',
    'model',
    'id',
    'usage',
    'name',
    'input',
    'text',
  ],
  ...['tool_use_id', 'is_error', 'input_tokens', 'output_tokens', 'cache_creation', 'ephemeral_1h_input_tokens'],
  ...['leafUuid', 'summary', 'customTitle', 'aiTitle', 'relocatedCwd', 'toolUseResult', '__proto__', 'q"uote', ''],
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 8 }),
  ),
}));
const block = fc.record(
  { type: text, id: text, name: text, input: value, tool_use_id: text, is_error: scalar, text, content: value },
  { requiredKeys: [] },
);
const usage = fc.dictionary(
  fc.constantFrom(
    'input_tokens',
    'output_tokens',
    'cache_read_input_tokens',
    'cache_creation_input_tokens',
    'cache_creation',
  ),
  fc.oneof(fc.nat(), value),
);
const record = fc.record(
  {
    type: fc.oneof(fc.constantFrom('user', 'assistant', 'progress', 'summary', 'ai-title'), value),
    message: fc.oneof(
      fc.record(
        {
          role: scalar,
          content: fc.oneof(text, fc.array(fc.oneof(block, value)), value),
          model: scalar,
          id: scalar,
          usage,
        },
        { requiredKeys: [] },
      ),
      value,
    ),
    timestamp: text,
    uuid: scalar,
    sessionId: scalar,
    origin: fc.oneof(fc.record({ kind: scalar }, { requiredKeys: [] }), value),
    rest: value,
    forkedFrom: value,
    summary: scalar,
    leafUuid: scalar,
    aiTitle: scalar,
    isSidechain: scalar,
    isMeta: scalar,
  },
  { requiredKeys: [] },
);

describe('Claude Code: a line read without parsing', function () {
  this.timeout(60_000);

  const transcript = generateTranscript({
    seed: 5,
    sessionId: 'aaaaaaaa-0000-4000-8000-00000000000a',
    cwd: '/home/ada/shop',
    gitBranch: 'main',
    startedAt: Date.UTC(2026, 2, 4),
    prompts: ['Make "it" work', 'Again'],
    reads: ['a.ts'],
    edits: ['b.ts'],
    stepsPerPrompt: 6,
    delegates: true,
    stumbles: true,
  });

  it('is taken from every line that Claude Code writes', () => {
    for (const line of transcript.lines) {
      assert.ok(check(Buffer.from(line)), line);
    }
  });

  it('says what a full parse says, for any record', () => {
    fc.assert(
      fc.property(fc.oneof(record, value), fc.constantFrom('', ' ', '\t'), (one, indent) => {
        check(Buffer.from(JSON.stringify(one, undefined, indent).replaceAll('\n', ' ')));
      }),
      { numRuns: 3000 },
    );
  });

  it('says what a full parse says, or nothing, for any damage', () => {
    const damage = fc.record({
      line: fc.nat(),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.constantFrom(0, 1, 1, 2, 30),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        fc.constantFrom(
          ...['"', '\\', '\\u00', ',', '}', '{', ']', '"type":"user",', '\0', '\u00e9'].map((t) => Buffer.from(t)),
        ),
      ),
    });
    fc.assert(
      fc.property(damage, ({ line, at, remove, insert }) => {
        const bytes = Buffer.from(transcript.lines[line % transcript.lines.length] ?? '');
        const place = Math.floor(at * bytes.length);
        check(Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]));
      }),
      { numRuns: 20_000 },
    );
  });

  it('says what a full parse says of a call, however its input is written', () => {
    const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
    const key = fc.constantFrom(
      '"file_path"',
      '"notebook_path"',
      '"command"',
      '"timeout"',
      '"0"',
      '"else"',
      '"\\u0061"',
    );
    const written = fc.constantFrom(
      ...[
        '"a.ts"',
        '"\\n\\"x\\\\"',
        '"\\u0041"',
        '"\\u001b"',
        '"\\/"',
        '""',
        '"\xff\xfe"',
        '"\xc3\xa9"',
        `"${'y'.repeat(70)}"`,
      ],
      ...[`"${'z'.repeat(40)}\\u0041\\t${'z'.repeat(40)}"`, '1', '1.0', '1e2', '-0', '-1', '12345678901234567890'],
      ...['true', 'null', '{"b":1,"0":2}', '{}', '[1, 2]', '[]'],
    );
    const space = fc.constantFrom('', '', '', '', ' ', '\t');
    const member = fc
      .tuple(space, key, space, space, written, space)
      .map(([a, name, b, c, one, d]) => `${a}${name}${b}:${c}${one}${d}`);
    const inputs = fc.oneof(
      fc.tuple(space, fc.array(member, { maxLength: 4 })).map(([inside, members]) => `{${inside}${members.join(',')}}`),
      written,
    );
    const tools = fc.constantFrom('Edit', 'Bash', 'NotebookEdit', 'Read', 'x'.repeat(300));
    fc.assert(
      fc.property(tools, inputs, fc.boolean(), (tool, input, inputFirst) => {
        const parts = [`"type":"tool_use","id":"t","name":"${tool}"`, `"input":${input}`];
        const call = (inputFirst ? parts.reverse() : parts).join(',');
        check(bytes(`{"type":"assistant","uuid":"u","message":{"content":[{${call}},{"type":"text","text":"x"}]}}`));
      }),
      { numRuns: 5000 },
    );
  });

  it('leaves deep nesting to the parser', () => {
    const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    assert.equal(check(Buffer.from(deep)), false);
  });
});
