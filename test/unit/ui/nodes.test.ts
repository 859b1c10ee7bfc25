import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EXPERIMENT_STATES, VARIANTS, type Experiment, type ExperimentState, type Variant } from '../../../src/api';
import type { Assignment } from '../../../src/domain/assignment';
import { variantsOf } from '../../../src/domain/sessionVariant';
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
  variants: () => new Map(),
  isBlinded: () => false,
  hooks: () => [],
  sessions: [],
  activeId: undefined,
  openFolders: ['file:///here'],
  ...changes,
});

type Tags = ReadonlyMap<string, ReadonlyMap<string, Variant | undefined>>;

const variantsFrom =
  (tags: Tags): ExperimentTreeInput['variants'] =>
  (id) =>
    variantsOf({ tags: tags.get(id), assignments: undefined, blinded: false });

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
    const kinds = (tags: Tags): string[] => {
      const from = input({ experiments: [one], variants: variantsFrom(tags) });
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
      variants: variantsFrom(
        new Map([
          [
            'e',
            new Map([
              ['gone', 'Control' as const],
              ['old', 'Control' as const],
              ['new', 'Control' as const],
            ]),
          ],
        ]),
      ),
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

  it('shows what was drawn beside the tags, and hides its variant while it is blinded', () => {
    const drawn = (sessionId: string, variant: 'Control' | 'Treatment'): [string, Assignment] => [
      sessionId,
      { experimentId: 'e', sessionId, agent: 'codex', variant, position: 0, at: 1, source: 'hook' },
    ];
    const shown = (blinded: boolean): [string, string[]][] => {
      const from = input({
        experiments: [experiment('e', 'Running', 1)],
        isBlinded: () => blinded,
        variants: () =>
          variantsOf({
            tags: new Map([['out', 'Excluded' as const]]),
            assignments: new Map([drawn('a', 'Control'), drawn('b', 'Treatment'), drawn('out', 'Control')]),
            blinded,
          }),
      });
      return experimentRoots(from)
        .flatMap((node) => experimentChildren(node, from))
        .flatMap((node) => (node.kind === 'variant' ? [[node.mark, [...node.sessionIds].sort()]] : []));
    };
    assert.deepEqual(shown(false), [
      ['Control', ['a']],
      ['Treatment', ['b']],
      ['Excluded', ['out']],
    ]);
    assert.deepEqual(shown(true), [
      ['Assigned', ['a', 'b']],
      ['Excluded', ['out']],
    ]);
  });

  it('shows the hooks of a randomised experiment that can still draw, for its agents alone', () => {
    const asked: (readonly string[] | undefined)[] = [];
    const target = { agent: 'codex', scope: 'user', file: '/f' } as const;
    const kinds = (state: ExperimentState, randomised: boolean): string[] => {
      const one = experiment('e', state, 1);
      if (randomised) one.randomised = { treatmentText: 'x', agents: ['codex'] };
      const from = input({
        experiments: [one],
        hooks: (agents) => {
          asked.push(agents);
          return [{ agent: 'codex', state: 'missing', target }];
        },
      });
      return walk(experimentRoots(from), from)
        .filter(({ kind }) => kind === 'hooks' || kind === 'hook')
        .map(({ id }) => id);
    };
    assert.deepEqual(kinds('Running', true), ['hooks:e', 'hooks:e:codex']);
    assert.deepEqual(kinds('Draft', true), ['hooks:e', 'hooks:e:codex']);
    assert.deepEqual(kinds('Concluded', true), []);
    assert.deepEqual(kinds('Running', false), []);
    assert.ok(asked.every((agents) => agents?.join() === 'codex'));
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
          variants: variantsFrom(table),
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
      variants: new Map([['a', { mark: 'Treatment', drawn: true } as const]]),
    });
    assert.deepEqual(
      nodes.map((node) => [node.id, node.current, node.variant?.mark, node.experimentId]),
      [
        ['session:a', false, 'Treatment', 'e'],
        ['session:b', true, undefined, 'e'],
      ],
    );
  });
});
