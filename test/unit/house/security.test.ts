import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');

describe('the table of threats', () => {
  it('names a test that exists in every row', () => {
    const lines = readFileSync(path.join(root, 'docs', 'security.md'), 'utf8').split('\n');
    const rows = lines.filter((line) => line.startsWith('| ')).slice(2);
    assert.ok(rows.length >= 10);
    for (const row of rows) {
      const test = row.split('|').at(-2)?.trim() ?? '';
      assert.match(test, /^test\/.+\.ts$/, row);
      assert.ok(existsSync(path.join(root, test)), test);
    }
  });
});
