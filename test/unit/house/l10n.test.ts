import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { getL10nJson } from '@vscode/l10n-dev';

const root = path.resolve(import.meta.dirname, '../../..');

describe('the texts that translators get', function () {
  // The extractor loads a parser first.
  this.timeout(60_000);

  it('are those of the code: run `npm run l10n` after changing one', async () => {
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({ extension: '.ts', contents: readFileSync(path.join(root, 'src', file), 'utf8') }));
    const bundle: unknown = JSON.parse(readFileSync(path.join(root, 'l10n', 'bundle.l10n.json'), 'utf8'));
    assert.deepEqual(bundle, await getL10nJson(sources));
  });
});
