import assert from 'node:assert/strict';
import type { Experiment } from '../../../src/api';
import type { StoreView } from '../../../src/store/experimentStore';
import { emptyView } from '../../../src/store/view';
import { statusView, type StatusInput } from '../../../src/ui/statusView';

const experiment: Experiment = {
  id: 'e',
  name: 'Shorter rules',
  hypothesis: '',
  changeDescription: '',
  metric: 'TokensPerSession',
  durationDays: 14,
  binding: { kind: 'ManualTag' },
  successCriterion: { kind: 'Absolute', metricValue: 1 },
  state: 'Running',
  createdAt: 1,
};

const view = (): StoreView => ({ ...emptyView, experiments: [experiment], revision: 1 });

const input = (changes: Partial<StatusInput> = {}): StatusInput => ({
  visible: true,
  loaded: true,
  sessionsLoaded: true,
  store: view(),
  active: { kind: 'one', experiment },
  variant: undefined,
  current: { kind: 'one', sessionId: 's' },
  ...changes,
});

describe('the status bar item', () => {
  it('is hidden with no running experiment, before the first read, and by setting', () => {
    assert.deepEqual(statusView(input({ active: { kind: 'none' } })), { kind: 'hidden' });
    assert.deepEqual(statusView(input({ loaded: false })), { kind: 'hidden' });
    assert.deepEqual(statusView(input({ sessionsLoaded: false })), { kind: 'hidden' });
    assert.deepEqual(statusView(input({ visible: false })), { kind: 'hidden' });
  });

  it('says the variant of the current session, or that it has none', () => {
    assert.deepEqual(statusView(input()), { kind: 'untagged', experiment: 'Shorter rules', sessionId: 's' });
    for (const mark of ['Control', 'Treatment', 'Excluded', 'Assigned'] as const) {
      const variant = { mark, drawn: mark === 'Assigned' };
      assert.deepEqual(statusView(input({ variant })), {
        kind: 'tagged',
        experiment: 'Shorter rules',
        sessionId: 's',
        variant,
      });
    }
  });

  it('takes a damaged tag for none: nobody knows', () => {
    assert.equal(statusView(input({ variant: { mark: 'Damaged', drawn: false } })).kind, 'untagged');
  });

  it('asks instead of guessing', () => {
    assert.deepEqual(statusView(input({ active: { kind: 'several' } })), { kind: 'chooseExperiment' });
    assert.deepEqual(statusView(input({ current: { kind: 'several', count: 3 } })), {
      kind: 'chooseSession',
      experiment: 'Shorter rules',
      count: 3,
    });
  });

  it('shows read-only before anything else', () => {
    const status = { kind: 'readOnly', problem: 'newer', detail: '', file: 'f' } as const;
    assert.deepEqual(statusView(input({ store: { ...view(), status }, active: { kind: 'none' } })), {
      kind: 'readOnly',
      damaged: false,
    });
  });
});
