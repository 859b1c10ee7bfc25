import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Binding } from '../../../src/api';
import { ancestryFrom, classify, type Ancestry, type Classification } from '../../../src/domain/binding';

const commits: Binding = { kind: 'GitCommit', controlCommit: 'c', treatmentCommit: 't' };
const ANCESTRIES = [
  ...(['contains', 'before', 'apart', 'startCommitGone', 'experimentCommitGone'] as const),
  ...(['shallowHistory', 'unrelatedHistory', 'noRepository', 'notYetKnown'] as const),
] satisfies Ancestry[];

const byCommit = (toControl: Ancestry, toTreatment: Ancestry): Classification =>
  classify(commits, { commit: 's', ancestry: (commit) => (commit === 'c' ? toControl : toTreatment) });

describe('domain: bindings', () => {
  it('takes a start commit that contains the treatment commit as Treatment, whatever the control commit is', () => {
    for (const toControl of ANCESTRIES) {
      assert.deepEqual(byCommit(toControl, 'contains'), { variant: 'Treatment', reason: 'containsTreatment' });
    }
  });

  it('else takes one that contains the control commit as Control, and says whether it lies before the change', () => {
    assert.deepEqual(byCommit('contains', 'before'), { variant: 'Control', reason: 'beforeTreatment' });
    assert.deepEqual(byCommit('contains', 'apart'), { variant: 'Control', reason: 'apartFromTreatment' });
    assert.deepEqual(byCommit('before', 'before'), { variant: 'Excluded', reason: 'withoutControl' });
    assert.deepEqual(byCommit('apart', 'apart'), { variant: 'Excluded', reason: 'withoutControl' });
  });

  it('never guesses: what is not known excludes, with its own reason', () => {
    const known = ['contains', 'before', 'apart'];
    fc.assert(
      fc.property(fc.constantFrom(...ANCESTRIES), fc.constantFrom(...ANCESTRIES), (toControl, toTreatment) => {
        const { variant, reason } = byCommit(toControl, toTreatment);
        if (!known.includes(toTreatment)) assert.deepEqual([variant, reason], ['Excluded', toTreatment]);
        else if (toTreatment !== 'contains' && !known.includes(toControl)) {
          assert.deepEqual([variant, reason], ['Excluded', toControl]);
        }
      }),
    );
    assert.deepEqual(classify(commits, { ancestry: () => 'contains' }), {
      variant: 'Excluded',
      reason: 'noStartCommit',
    });
  });

  it('reads an answer of git, and mistrusts only what a cut history may hide', () => {
    for (const shallow of [false, true]) {
      assert.equal(ancestryFrom('s', 't', 't', shallow), 'contains');
      assert.equal(ancestryFrom('s', 's', 's', shallow), 'contains');
      assert.equal(ancestryFrom('s', 't', 's', shallow), 'before');
    }
    assert.equal(ancestryFrom('s', 't', 'b', false), 'apart');
    assert.equal(ancestryFrom('s', 't', 'b', true), 'shallowHistory');
  });

  it('compares branches by name', () => {
    const binding: Binding = { kind: 'Branch', controlBranch: 'main', treatmentBranch: 'refs/heads/feature/x' };
    const on = (branch: string | undefined): unknown => classify(binding, { branch, ancestry: () => 'contains' });
    assert.deepEqual(on('main'), { variant: 'Control', reason: 'onBranch' });
    assert.deepEqual(on('feature/x'), { variant: 'Treatment', reason: 'onBranch' });
    assert.deepEqual(on('Main'), { variant: 'Excluded', reason: 'otherBranch' });
    assert.deepEqual(on('HEAD'), { variant: 'Excluded', reason: 'noBranch' });
    assert.deepEqual(on(undefined), { variant: 'Excluded', reason: 'noBranch' });
  });

  it('compares fingerprints, and leaves manual tags to people', () => {
    const binding: Binding = { kind: 'PromptFingerprint', controlFingerprint: 'a', treatmentFingerprint: 'b' };
    const by = (fingerprint: string | undefined): unknown =>
      classify(binding, { fingerprint, ancestry: () => 'before' });
    assert.deepEqual(by('a'), { variant: 'Control', reason: 'hasFingerprint' });
    assert.deepEqual(by('b'), { variant: 'Treatment', reason: 'hasFingerprint' });
    assert.deepEqual(by('c'), { variant: 'Excluded', reason: 'otherFingerprint' });
    assert.deepEqual(by(undefined), { variant: 'Excluded', reason: 'noFingerprint' });
    assert.deepEqual(classify({ kind: 'ManualTag' }, { commit: 's', ancestry: () => 'contains' }), {
      variant: 'Excluded',
      reason: 'notTagged',
    });
  });
});
