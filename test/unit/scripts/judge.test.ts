import assert from 'node:assert/strict';
import { judge } from '../../host/support/judge';

describe('judging a run of host tests', () => {
  const counts = { passed: 5, failures: [], skipped: 0 };
  const passed = { files: ['a.test.js', 'b.test.js'], counts };
  const disk = ['a.test.ts', 'b.test.ts'];

  it('takes over the counts of a good run', () => {
    assert.deepEqual(judge([passed], disk, 1, undefined), counts);
  });

  it('fails when a test file was not loaded', () => {
    assert.equal(judge([{ ...passed, files: ['a.test.js'] }], disk, 1, undefined).failures.length, 1);
  });

  it('fails when a suite left no result', () => {
    assert.equal(judge([passed], disk, 2, undefined).failures.length, 1);
    assert.equal(judge([], disk, 1, undefined).failures.length, 1);
  });

  it('fails when the editor failed though every test passed', () => {
    assert.equal(judge([passed], disk, 1, 'ended with code 1').failures.length, 1);
  });

  it('counts a failed test once', () => {
    const failures = ['one\nError: 1', 'other\nError: 2'];
    const failed = { ...passed, counts: { ...counts, failures } };
    assert.deepEqual(judge([failed], disk, 1, 'ended with code 1').failures, failures);
  });
});
