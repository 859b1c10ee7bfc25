import assert from 'node:assert/strict';
import { addedText } from '../../../src/assignment/diffText';

describe('the text that a diff adds', () => {
  it('is its added lines, without heads, context and what was taken away', () => {
    const diff = [
      'diff --git a/AGENTS.md b/AGENTS.md',
      '--- a/AGENTS.md',
      '+++ b/AGENTS.md',
      '@@ -1,2 +1,4 @@',
      ' # Rules',
      '-Be long.',
      '+Be brief.',
      '+',
      '+++ counts as text here',
      '\\ No newline at end of file',
      '',
    ].join('\r\n');
    assert.equal(addedText(diff), 'Be brief.\n\n++ counts as text here');
  });

  it('is empty where nothing is added', () => {
    assert.equal(addedText(''), '');
    assert.equal(addedText('--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n'), '');
  });
});
