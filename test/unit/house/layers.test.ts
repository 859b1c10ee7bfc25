import assert from 'node:assert/strict';
import * as path from 'node:path';
import { ESLint } from 'eslint';

const root = path.resolve(import.meta.dirname, '../../..');
const eslint = new ESLint({ cwd: root });

/** Lints the code as if it stood in that file, and returns the layer errors. */
async function layerErrors(file: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath: path.join(root, file) });
  return results
    .flatMap((result) => result.messages)
    .filter((message) => /no-restricted|no-unsafe/.test(message.ruleId ?? ''))
    .filter((message) => message.ruleId?.includes('no-restricted'))
    .map((message) => message.message);
}

describe('the layers of the house', function () {
  // The first lint loads the whole program for the types.
  this.timeout(120_000);

  const planted: [string, string, string][] = [
    ['src/domain/tags.ts', `import { window } from 'vscode';\nexport const x = window;\n`, 'must not import vscode'],
    ['src/domain/tags.ts', `import type { Uri } from 'vscode';\nexport type X = Uri;\n`, 'must not import vscode'],
    ['src/domain/tags.ts', `import * as fs from 'node:fs';\nexport const x = fs;\n`, 'does no I/O'],
    ['src/domain/tags.ts', `export const x = Date.now();\n`, 'no clock'],
    ['src/domain/tags.ts', `export * from '../store/errors';\n`, 'must not depend on src/store'],
    ['src/store/lock.ts', `import { window } from 'vscode';\nexport const x = window;\n`, 'must not import vscode'],
    ['src/store/lock.ts', `export * from '../ui/format';\n`, 'must not depend on src/ui'],
    ['src/sessions/model.ts', `export * from '../store/errors';\n`, 'must not depend on src/store'],
    ['src/statistics/descriptive.ts', `export * from '../domain/tags';\n`, 'must not depend on src/domain'],
    ['src/webview/format.ts', `import { window } from 'vscode';\nexport const x = window;\n`, 'must not import vscode'],
    ['src/webview/format.ts', `export * from '../domain/tags';\n`, 'must not depend on src/domain'],
    ['src/ui/views.ts', `export * from '../webview/h';\n`, 'knows only its messages'],
    [
      'src/ui/views.ts',
      `import { window } from 'vscode';\nvoid window.showErrorMessage('x');\n`,
      'Only src/ui/notify.ts',
    ],
  ];
  for (const [file, code, expected] of planted) {
    it(`refuses ${JSON.stringify(code.split('\n')[0])} in ${file}`, async () => {
      const errors = await layerErrors(file, code);
      assert.ok(
        errors.some((message) => message.includes(expected)),
        `expected an error about "${expected}", got ${JSON.stringify(errors)}`,
      );
    });
  }

  it('lets the views import what they show', async () => {
    assert.deepEqual(await layerErrors('src/ui/views.ts', `export * from '../store/errors';\n`), []);
  });
});
