import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EXPERIMENT_STATES, type ExperimentState } from '../../../src/api';
import { AT_START } from '../../../src/domain/binding';
import {
  activeExperiment,
  belongsTo,
  compareForDisplay,
  createExperiment,
  nextTransition,
  TRANSITIONS,
  transitionExperiment,
  type Transition,
} from '../../../src/domain/experiment';
import { draft, experiments, inputs } from './support';

describe('domain: lifecycle', () => {
  const allowed: Record<Transition, [ExperimentState, ExperimentState]> = {
    start: ['Draft', 'Running'],
    conclude: ['Running', 'Concluded'],
    archive: ['Concluded', 'Archived'],
  };

  for (const state of EXPERIMENT_STATES) {
    for (const transition of TRANSITIONS) {
      const [from, to] = allowed[transition];
      it(`${transition} of a ${state} experiment is ${state === from ? to : 'refused, naming the state'}`, () => {
        const experiment = draft({ state, startedAt: 1, concludedAt: 2 });
        const decision = transitionExperiment(experiment, transition, 99);
        if (state !== from) {
          const refusal = { code: 'wrongState', transition, state, needs: from };
          assert.deepEqual(decision, { ok: false, refusal });
          return;
        }
        assert.ok(decision.ok);
        assert.deepEqual(decision.experiment, {
          ...experiment,
          state: to,
          ...(transition === 'start' ? { startedAt: 99, alpha: 0.05, plannedPerVariant: 50 } : {}),
          ...(transition === 'conclude' ? { concludedAt: 99 } : {}),
        });
        assert.equal(experiment.state, from, 'what was given is not changed');
      });
    }
  }

  it('writes down at the start what the report is computed with, and keeps what was planned', () => {
    const planned = draft({ alpha: 0.01, plannedPerVariant: 7 });
    const tips = { control: 'c'.repeat(40) };
    const started = transitionExperiment(planned, 'start', 99, { pinnedTips: tips });
    assert.deepEqual(started, {
      ok: true,
      experiment: { ...planned, state: 'Running', startedAt: 99, pinnedTips: tips },
    });
  });

  it('lets the start say what Treatment is, where that is what the instruction files say then', () => {
    const open = draft({
      binding: { kind: 'PromptFingerprint', controlFingerprint: 'a', treatmentFingerprint: AT_START },
    });
    const started = transitionExperiment(open, 'start', 99, { fingerprint: 'b' });
    assert.ok(started.ok);
    assert.deepEqual(started.experiment.binding, { ...open.binding, treatmentFingerprint: 'b' });
    for (const fingerprint of [undefined, 'a']) {
      assert.deepEqual(transitionExperiment(open, 'start', 99, { fingerprint }), {
        ok: false,
        refusal: { code: 'noTreatment' },
      });
    }
    const said = draft({
      binding: { kind: 'PromptFingerprint', controlFingerprint: 'a', treatmentFingerprint: 'c' },
    });
    const asSaid = transitionExperiment(said, 'start', 99, { fingerprint: 'b' });
    assert.deepEqual(asSaid.ok && asSaid.experiment.binding, said.binding);
  });

  it('moves no damaged experiment', () => {
    const decision = transitionExperiment(draft({ damaged: 'torn' }), 'start', 1);
    assert.deepEqual(decision, { ok: false, refusal: { code: 'damaged', transition: 'start', problem: 'torn' } });
  });

  it('never goes back, whatever is tried, and never changes the creation time', () => {
    fc.assert(
      fc.property(experiments, fc.array(fc.constantFrom(...TRANSITIONS)), (first, tries) => {
        let current = first;
        for (const [at, transition] of tries.entries()) {
          const decision = transitionExperiment(current, transition, at);
          if (!decision.ok) continue;
          const step = EXPERIMENT_STATES.indexOf(decision.experiment.state) - EXPERIMENT_STATES.indexOf(current.state);
          assert.equal(step, 1);
          current = decision.experiment;
        }
        assert.equal(current.createdAt, first.createdAt);
      }),
    );
  });

  it('names the next transition of each state', () => {
    assert.deepEqual(EXPERIMENT_STATES.map(nextTransition), ['start', 'conclude', 'archive', undefined]);
  });

  it('makes a draft of any input, keeping what it says', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const experiment = createExperiment({ input, id: 'new', now: 7, workspace: 'file:///open' });
        assert.deepEqual(experiment, {
          alpha: 0.05,
          workspace: 'file:///open',
          ...input,
          id: 'new',
          state: 'Draft',
          createdAt: 7,
        });
      }),
    );
  });
});

describe('domain: which experiment is meant', () => {
  const running = (id: string, workspace?: string): ReturnType<typeof draft> =>
    draft({ id, state: 'Running', ...(workspace === undefined ? {} : { workspace }) });

  it('is the only running one of the open folders', () => {
    const all = [running('here', 'file:///a'), running('there', 'file:///b'), draft({ id: 'draft' })];
    assert.deepEqual(activeExperiment(all, ['file:///a'], undefined), { kind: 'one', experiment: all[0] });
    assert.deepEqual(activeExperiment(all, ['file:///c'], undefined), { kind: 'none' });
    assert.deepEqual(activeExperiment(all, ['file:///a', 'file:///b'], undefined), { kind: 'several' });
  });

  it('is the selected one while that runs', () => {
    const all = [running('a'), running('b')];
    assert.deepEqual(activeExperiment(all, [], 'b'), { kind: 'one', experiment: all[1] });
    assert.deepEqual(activeExperiment(all, [], 'gone'), { kind: 'several' });
  });

  it('is never a damaged one', () => {
    assert.deepEqual(activeExperiment([{ ...running('a'), damaged: 'torn' }], [], 'a'), { kind: 'none' });
  });

  it('belongs everywhere where it names no workspace', () => {
    assert.ok(belongsTo(draft(), []));
    assert.equal(belongsTo(draft({ workspace: 'file:///a' }), []), false);
  });

  it('is shown in one order, whatever the order it comes in', () => {
    fc.assert(
      fc.property(fc.array(experiments, { maxLength: 8 }), (all) => {
        const ids = (list: typeof all): string[] => list.toSorted(compareForDisplay).map(({ id }) => id);
        assert.deepEqual(ids(all.toReversed()), ids(all));
      }),
    );
    const order = EXPERIMENT_STATES.map((state) => draft({ id: state, state })).toSorted(compareForDisplay);
    assert.deepEqual(
      order.map(({ id }) => id),
      ['Running', 'Draft', 'Concluded', 'Archived'],
    );
    const newest = [draft({ id: 'old', createdAt: 1 }), draft({ id: 'new', createdAt: 2 })].toSorted(compareForDisplay);
    assert.equal(newest[0]?.id, 'new');
  });
});
