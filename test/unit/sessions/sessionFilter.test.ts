import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgedSessions } from '../../../src/sessions/judgedSessions';
import type { IndexedSession } from '../../../src/sessions/model';
import { filterSessions, isFiltering, NO_FILTER, readFilter } from '../../../src/sessions/sessionFilter';

const session = (id: string, agent: string): IndexedSession => ({
  id,
  agent,
  startedAt: 0,
  lastActiveAt: 0,
  prompts: 0,
  toolCalls: 0,
  toolErrors: 0,
  filesTouched: 0,
  activeMinutes: 0,
  wallMinutes: 0,
  models: {},
});
const all = [session('a', 'codex'), session('b', 'gemini'), session('c', 'codex')];
const shown = (filter = NO_FILTER, currentId?: string, tagged: string[] = []): string[] =>
  filterSessions(all, filter, { currentId, isTagged: (id) => tagged.includes(id) }).map(({ id }) => id);

describe('the filter of the sessions', () => {
  it('shows all without one', () => {
    assert.deepEqual(shown(), ['a', 'b', 'c']);
    assert.equal(isFiltering(NO_FILTER), false);
  });

  it('leaves agents out, and what is tagged already', () => {
    assert.deepEqual(shown({ hiddenAgents: ['codex'], untaggedOnly: false }), ['b']);
    assert.deepEqual(shown({ hiddenAgents: [], untaggedOnly: true }, undefined, ['a']), ['b', 'c']);
  });

  it('never hides the current session', () => {
    assert.deepEqual(shown({ hiddenAgents: ['codex', 'gemini'], untaggedOnly: true }, 'c', ['c']), ['c']);
  });

  it('reads whatever was stored', () => {
    assert.deepEqual(readFilter({ hiddenAgents: ['codex', 7], untaggedOnly: true }), {
      hiddenAgents: ['codex'],
      untaggedOnly: true,
    });
    fc.assert(fc.property(fc.anything(), (value) => Array.isArray(readFilter(value).hiddenAgents)));
  });
});

describe('what people say of sessions', () => {
  it('beats what a command showed, and leaves the rest alone', () => {
    const measured: IndexedSession = { ...session('a', 'codex'), outcome: 'success', outcomeSource: 'command' };
    const [judged, other] = judgedSessions([measured, session('b', 'codex')], new Map([['a', 'failure']]));
    assert.deepEqual([judged?.outcome, judged?.outcomeSource], ['failure', 'person']);
    assert.equal(other?.outcome, undefined);
  });
});
