import assert from 'node:assert/strict';
import { combineOpenCode } from '../../../src/sessions/opencode/openCodeCombine';
import { messageFrom, type OpenCodeHeader } from '../../../src/sessions/opencode/openCodeFacts';
import type { OpenCodeEntry, OpenCodeRecord } from '../../../src/sessions/opencode/openCodeRecord';

const START = Date.UTC(2026, 5, 1, 9);

function entry(role: 'user' | 'assistant', minute: number): OpenCodeEntry {
  const created = START + minute * 60_000;
  const usage = { tokens: { input: 100, output: 10, reasoning: 1, cache: { read: 1000, write: 0 } }, modelID: 'm' };
  const message = messageFrom({ role, time: { created }, ...(role === 'assistant' ? usage : {}) });
  assert.ok(message);
  return { message, parts: { text: role, onlyAdded: false, calls: new Map() } };
}

function record(id: string, createdMinute: number | undefined, entries: Record<string, OpenCodeEntry>): OpenCodeRecord {
  const created = createdMinute === undefined ? undefined : START + createdMinute * 60_000;
  const header: OpenCodeHeader = {
    id,
    directory: '/w',
    parentId: undefined,
    title: undefined,
    created,
    updated: undefined,
  };
  return { header, source: 'opencode.db', entries: new Map(Object.entries(entries)) };
}

// OpenCode 1.18, `run --session … --fork`: the copies have ids of their own and the times of the originals.
describe('a fork of OpenCode', () => {
  const original = record('ses_1', 0, { msg_1: entry('user', 0), msg_2: entry('assistant', 1) });
  const copies = { msg_3: entry('user', 0), msg_4: entry('assistant', 1) };

  it('counts only what was said since it began', () => {
    const fork = record('ses_2', 5, { ...copies, msg_5: entry('user', 5), msg_6: entry('assistant', 6) });
    const [first, second] = combineOpenCode([original, fork]);
    assert.deepEqual([first?.prompts, first?.tokens?.input, first?.models], [1, 100, { m: 1 }]);
    assert.deepEqual([second?.prompts, second?.tokens?.input, second?.models], [1, 100, { m: 1 }]);
    assert.equal(second?.activity.first, START + 5 * 60_000);
  });

  it('is no session as long as nothing was said in it', () => {
    assert.deepEqual(
      combineOpenCode([original, record('ses_2', 5, copies)]).map(({ header }) => header.id),
      ['ses_1'],
    );
  });

  it('counts all where nobody knows when it began', () => {
    const [only] = combineOpenCode([record('ses_2', undefined, copies)]);
    assert.equal(only?.tokens?.input, 100);
  });
});
