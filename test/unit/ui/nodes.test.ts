import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EXPERIMENT_STATES, VARIANTS, type Experiment, type ExperimentState } from '../../../src/api';
import type { IndexedSession } from '../../../src/sessions/model';
import {
  experimentChildren,
  experimentRoots,
  sessionNodes,
  type ExperimentTreeInput,
  type ExperimentTreeNode,
} from '../../../src/ui/trees/nodes';

const experiment = (id: string, state: ExperimentState, createdAt: number, workspace?: string): Experiment => ({
  id,
  name: id,
  hypothesis: '',
  changeDescription: '',
  metric: 'TokensPerSession',
  durationDays: 14,
  binding: { kind: 'ManualTag' },
  successCriterion: { kind: 'Absolute', metricValue: 1 },
  state,
  createdAt,
  ...(workspace === undefined ? {} : { workspace }),
});

const session = (id: string, lastActiveAt: number): IndexedSession => ({
  id,
  agent: 'claude-code',
  startedAt: lastActiveAt,
  lastActiveAt,
  prompts: 1,
  toolCalls: 0,
  toolErrors: 0,
  filesTouched: 0,
  activeMinutes: 1,
  wallMinutes: 1,
  models: {},
});

const input = (changes: Partial<ExperimentTreeInput>): ExperimentTreeInput => ({
  experiments: [],
  tags: new Map(),
  sessions: [],
  activeId: undefined,
  openFolders: ['file:///here'],
  ...changes,
});

const walk = (nodes: ExperimentTreeNode[], from: ExperimentTreeInput): ExperimentTreeNode[] =>
  nodes.flatMap((node) => [node, ...walk(experimentChildren(node, from), from)]);

describe('the tree of experiments', () => {
  it('shows running ones first, then drafts and concluded ones; archived and foreign ones in groups', () => {
    const roots = experimentRoots(
      input({
        experiments: [
          experiment('old', 'Archived', 1),
          experiment('done', 'Concluded', 2),
          experiment('draft', 'Draft', 3),
          experiment('run', 'Running', 4, 'file:///here'),
          experiment('run2', 'Running', 5),
          experiment('far', 'Running', 6, 'file:///elsewhere'),
        ],
      }),
    );
    assert.deepEqual(
      roots.map((node) => node.id),
      ['experiment:run2', 'experiment:run', 'experiment:draft', 'experiment:done', 'group:archived', 'group:elsewhere'],
    );
  });

  it('shows Control and Treatment always, Excluded and damaged tags when there are any', () => {
    const one = experiment('e', 'Running', 1);
    const kinds = (tags: ExperimentTreeInput['tags']): string[] => {
      const from = input({ experiments: [one], tags });
      return experimentRoots(from)
        .flatMap((node) => experimentChildren(node, from))
        .map((node) => node.id);
    };
    assert.deepEqual(kinds(new Map()), ['variant:e:Control', 'variant:e:Treatment']);
    assert.deepEqual(
      kinds(
        new Map([
          [
            'e',
            new Map([
              ['a', 'Excluded' as const],
              ['b', undefined],
            ]),
          ],
        ]),
      ),
      ['variant:e:Control', 'variant:e:Treatment', 'variant:e:Excluded', 'damaged:e'],
    );
  });

  it('lists the sessions of a variant newest first, and those without a transcript last', () => {
    const from = input({
      experiments: [experiment('e', 'Running', 1)],
      tags: new Map([
        [
          'e',
          new Map([
            ['gone', 'Control' as const],
            ['old', 'Control' as const],
            ['new', 'Control' as const],
          ]),
        ],
      ]),
      sessions: [session('new', 2), session('old', 1)],
    });
    const tagged = walk(experimentRoots(from), from).filter((node) => node.kind === 'tagged');
    assert.deepEqual(
      tagged.map((node) => [node.sessionId, node.session?.id, node.open]),
      [
        ['new', 'new', true],
        ['old', 'old', true],
        ['gone', undefined, true],
      ],
    );
  });

  it('gives every node an id of its own, the same at every refresh', () => {
    const ids = fc.constantFrom('a', 'b', 'c');
    const anyInput = fc.record({
      experiments: fc.uniqueArray(
        fc.record({
          id: ids,
          state: fc.constantFrom(...EXPERIMENT_STATES),
          workspace: fc.constantFrom(undefined, 'file:///x'),
        }),
        { selector: (one) => one.id },
      ),
      tags: fc.array(fc.tuple(ids, fc.string(), fc.constantFrom(...VARIANTS, undefined))),
    });
    fc.assert(
      fc.property(anyInput, ({ experiments, tags }) => {
        const table = new Map<string, Map<string, (typeof tags)[number][2]>>();
        for (const [id, sessionId, variant] of tags) {
          table.set(id, (table.get(id) ?? new Map<string, (typeof tags)[number][2]>()).set(sessionId, variant));
        }
        const from = input({
          experiments: experiments.map(({ id, state, workspace }) => experiment(id, state, 1, workspace)),
          tags: table,
        });
        const seen = walk(experimentRoots(from), from).map((node) => node.id);
        assert.equal(new Set(seen).size, seen.length);
        assert.deepEqual(
          walk(experimentRoots(from), from).map((node) => node.id),
          seen,
        );
      }),
    );
  });
});

describe('the list of sessions', () => {
  it('marks the current one and carries the active experiment', () => {
    const nodes = sessionNodes({
      sessions: [session('a', 2), session('b', 1)],
      currentId: 'b',
      activeId: 'e',
      tags: new Map([['a', 'Treatment' as const]]),
    });
    assert.deepEqual(
      nodes.map((node) => [node.id, node.current, node.variant, node.experimentId]),
      [
        ['session:a', false, 'Treatment', 'e'],
        ['session:b', true, undefined, 'e'],
      ],
    );
  });
});
