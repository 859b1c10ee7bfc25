import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { IndexedSession } from '../../../src/sessions/model';
import { Bench, PROJECT, Recorder, SESSION_A, SESSION_B } from './support/claudeRecords';

const count = fc.nat(1000);
const id = fc.constantFrom('1', '2', '3', '4');

/** One step of a conversation; ids repeat, as they do in streaming and in copies. */
const step = fc.oneof(
  fc.record({ do: fc.constant('prompt' as const), id, text: fc.string({ unit: 'binary', maxLength: 20 }) }),
  fc.record({
    do: fc.constant('answer' as const),
    id,
    usage: fc.tuple(count, count, count, count),
    side: fc.boolean(),
  }),
  fc.record({ do: fc.constant('call' as const), id, tool: fc.constantFrom('Bash', 'Edit'), file: id }),
  fc.record({ do: fc.constant('result' as const), id, failed: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(700) }),
  fc.record({ do: fc.constant('raw' as const), text: fc.constantFrom('', '{', '[]', '\0', '{"type":"progress"}') }),
);

function build(sessionId: string, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Recorder {
  const recorder = new Recorder({ sessionId });
  for (const one of steps) {
    switch (one.do) {
      case 'prompt':
        recorder.prompt(one.text, { uuid: `p${one.id}` });
        break;
      case 'answer':
        recorder.answer(`m${one.id}`, one.usage, [], { isSidechain: one.side });
        break;
      case 'call':
        recorder.call(`t${one.id}`, one.tool, { file_path: one.file });
        break;
      case 'result':
        recorder.result(`t${one.id}`, one.failed);
        break;
      case 'wait':
        recorder.wait(one.seconds);
        break;
      case 'raw':
        recorder.raw(one.text);
        break;
    }
  }
  return recorder;
}

const sorted = (sessions: readonly IndexedSession[]): IndexedSession[] =>
  [...sessions].sort((a, b) => (a.id < b.id ? -1 : 1));

describe('Claude Code: properties', function () {
  this.timeout(30_000); // Generous: slow machines, much data.

  it('a transcript read in two steps, cut at any byte, is as one read at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (steps, part) => {
          const bytes = Buffer.from(build(SESSION_A, steps).text);
          const cut = Math.floor(bytes.length * part);
          const file = `${PROJECT}/${SESSION_A}.jsonl`;
          const twice = new Bench();
          twice.files.write(file, bytes.subarray(0, cut));
          await twice.scan();
          twice.files.append(file, bytes.subarray(cut));
          const once = new Bench();
          once.files.write(file, bytes);
          assert.deepEqual(await twice.scan(), await once.scan());
          assert.deepEqual(twice.problems, once.problems);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('the order in which files are written makes no difference, and a shared response counts once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.array(step, { maxLength: 8 }),
        fc.array(step, { maxLength: 8 }),
        fc.nat(5000),
        async (a, b, c, later) => {
          const files: [string, Recorder][] = [
            [`${SESSION_A}.jsonl`, build(SESSION_A, [{ do: 'raw', text: '' }, ...a])],
            [`${SESSION_B}.jsonl`, build(SESSION_B, [{ do: 'wait', seconds: 1 + later }, ...b])],
            ['agent-x.jsonl', build(SESSION_A, [{ do: 'wait', seconds: 7001 + later }, ...c])],
          ];
          const forth = sorted(await new Bench().put(Object.fromEntries(files)).scan());
          const back = sorted(await new Bench().put(Object.fromEntries([...files].reverse())).scan());
          assert.deepEqual(back, forth);
          assert.equal(
            forth.reduce((sum, session) => sum + (session.tokens?.output ?? 0), 0),
            greatestOutputs([a, b, c]),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

type Steps = readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[];

/** By the rule: of each response the greatest record, the later of equals, in the order of the files' age. */
function greatestOutputs(files: readonly Steps[]): number {
  const best = new Map<string, readonly number[]>();
  const total = (usage: readonly number[]): number => usage.reduce((sum, part) => sum + part, 0);
  for (const one of files.flat()) {
    const usage = one.do === 'answer' ? one.usage : one.do === 'call' ? [1, 1, 0, 0] : undefined;
    const key = one.do === 'answer' ? `m${one.id}` : one.do === 'call' ? `msg-t${one.id}` : '';
    if (usage && total(usage) >= total(best.get(key) ?? [0])) {
      best.set(key, usage);
    }
  }
  return [...best.values()].reduce((sum, usage) => sum + (usage[1] ?? 0), 0);
}
