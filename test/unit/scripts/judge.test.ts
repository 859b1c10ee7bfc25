import assert from 'node:assert/strict';
import { judge } from '../../host/support/judge';

describe('judging a run of host tests', () => {
  const passed = { files: ['a.test.js', 'b.test.js'], passed: 5, failed: 0, skipped: 0 };
  const disk = ['a.test.ts', 'b.test.ts'];

  it('takes over the counts of a good run', () => {
    assert.deepEqual(judge([passed], disk, 1, undefined), {
      counts: { passed: 5, failed: 0, skipped: 0 },
      problems: [],
    });
  });

  it('fails when a test file was not loaded', () => {
    assert.equal(judge([{ ...passed, files: ['a.test.js'] }], disk, 1, undefined).counts.failed, 1);
  });

  it('fails when a suite left no result', () => {
    assert.equal(judge([passed], disk, 2, undefined).counts.failed, 1);
    assert.equal(judge([], disk, 1, undefined).counts.failed, 1);
  });

  it('fails when the editor failed though every test passed', () => {
    assert.equal(judge([passed], disk, 1, 'ended with code 1').counts.failed, 1);
  });

  it('counts a failed test once', () => {
    assert.equal(judge([{ ...passed, failed: 2 }], disk, 1, 'ended with code 1').counts.failed, 2);
  });
});
