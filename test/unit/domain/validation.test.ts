import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH, validateInput, type ProblemCode } from '../../../src/domain/validation';
import { draft, inputOf, inputs } from './support';

const sound = inputOf(draft());

const problemsOf = (value: unknown): [string, ProblemCode][] => {
  const result = validateInput(value);
  return result.ok ? [] : result.problems.map(({ field, code }) => [field, code]);
};

describe('domain: validation of input', () => {
  it('takes every sound input as it is', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        assert.deepEqual(validateInput(input), { ok: true, value: input });
      }),
    );
  });

  it('is total, and whatever it takes it takes again unchanged', () => {
    const fields = fc.dictionary(fc.constantFrom(...Object.keys(sound), 'workspace', 'since', 'alpha'), fc.anything());
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fields.map((change) => ({ ...sound, ...change })),
        ),
        (value) => {
          const result = validateInput(value);
          if (!result.ok) assert.ok(result.problems.length > 0);
          else assert.deepEqual(validateInput(result.value), result);
        },
      ),
    );
  });

  const bad: [string, object, string, ProblemCode][] = [
    ['no name', { name: '' }, 'name', 'required'],
    ['a blank name', { name: ' \t' }, 'name', 'required'],
    ['a name that is a number', { name: 5 }, 'name', 'notText'],
    ['a long name', { name: 'x'.repeat(MAX_NAME_LENGTH + 1) }, 'name', 'tooLong'],
    ['a long hypothesis', { hypothesis: 'x'.repeat(MAX_TEXT_LENGTH + 1) }, 'hypothesis', 'tooLong'],
    ['an unknown metric', { metric: 'toString' }, 'metric', 'notOneOf'],
    ['no days', { durationDays: 0 }, 'durationDays', 'outOfRange'],
    ['half a day', { durationDays: 0.5 }, 'durationDays', 'outOfRange'],
    ['endless days', { durationDays: Infinity }, 'durationDays', 'notANumber'],
    ['days as text', { durationDays: '14' }, 'durationDays', 'notANumber'],
    ['no binding', { binding: undefined }, 'binding', 'required'],
    ['a list as binding', { binding: [] }, 'binding', 'notAnObject'],
    ['an unknown binding', { binding: { kind: '__proto__' } }, 'binding.kind', 'notOneOf'],
    [
      'one commit for both',
      { binding: { kind: 'GitCommit', controlCommit: 'a', treatmentCommit: ' a ' } },
      'binding.treatmentCommit',
      'sameOnBothSides',
    ],
    [
      'no treatment branch',
      { binding: { kind: 'Branch', controlBranch: 'main' } },
      'binding.treatmentBranch',
      'required',
    ],
    [
      'a decrease by everything',
      { successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -100 } },
      'successCriterion.targetPct',
      'outOfRange',
    ],
    [
      'a change by nothing',
      { successCriterion: { kind: 'Delta', direction: 'Increase', targetPct: 0 } },
      'successCriterion.targetPct',
      'outOfRange',
    ],
    [
      'no number as criterion',
      { successCriterion: { kind: 'Absolute', metricValue: NaN } },
      'successCriterion.metricValue',
      'notANumber',
    ],
    ['guardrails that are no list', { guardrails: {} }, 'guardrails', 'notAList'],
    [
      'a guardrail without a threshold',
      { guardrails: [{ metric: 'SuccessRate', regressionDirection: 'Decrease', thresholdPct: 0 }] },
      'guardrails[0].thresholdPct',
      'notPositive',
    ],
    ['an error rate of 1', { alpha: 1 }, 'alpha', 'outOfRange'],
    ['a plan of half a session', { plannedPerVariant: 0.5 }, 'plannedPerVariant', 'outOfRange'],
    ['a time before all', { since: -1 }, 'since', 'outOfRange'],
  ];
  for (const [what, change, field, code] of bad) {
    it(`says what is wrong with ${what}`, () => {
      assert.deepEqual(problemsOf({ ...sound, ...change })[0], [field, code]);
    });
  }

  it('names all problems at once', () => {
    const fields = problemsOf({}).map(([field]) => field);
    for (const field of ['name', 'metric', 'durationDays', 'binding', 'successCriterion']) {
      assert.ok(fields.includes(field), field);
    }
    assert.deepEqual(problemsOf(undefined)[0], ['input', 'required']);
    assert.deepEqual(problemsOf('text')[0], ['input', 'notAnObject']);
  });
});
