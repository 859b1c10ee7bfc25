import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (...parts: string[]): string => readFileSync(path.join(root, ...parts), 'utf8');

describe('the table of threats', () => {
  it('names in every row a test by its file and its title', () => {
    const rows = read('docs', 'security.md')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (Threat|---)/.test(line));
    assert.ok(rows.length >= 30, `${rows.length} rows`);
    for (const row of rows) {
      const [, file = '', title = ''] = /\| (test\/[\w/.-]+\.ts): “([^|]+)” *\|$/.exec(row) ?? [];
      assert.ok(file !== '', `no test with its title: ${row}`);
      assert.ok(existsSync(path.join(root, file)), file);
      // A title with values in it by the part before them. Titles may stand in a table of cases.
      assert.match(read(file), new RegExp(`['"\`]${escaped(title)}`), `${file} has no “${title}”`);
    }
  });
});

describe('the report page and settings', () => {
  it('the page allows its one script and style sheet, and none in line', () => {
    const source = read('src', 'ui', 'report', 'reportPanels.ts');
    const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(source) ?? [];
    assert.equal(policy, "default-src 'none'; style-src ${webview.cspSource}; script-src ${webview.cspSource};");
    for (const [, attributes = '', content = ''] of source.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
      assert.match(attributes, / src="/);
      assert.equal(content, '');
    }
    assert.ok(source.includes('<script '));
    assert.doesNotMatch(source, /<style|\son\w+="|\sstyle="|unsafe-/);
  });

  it('a setting that names a folder is not taken from a workspace that is not trusted', () => {
    const manifest = JSON.parse(read('package.json')) as {
      contributes: { configuration: { properties: Record<string, { type?: string }> } };
      capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
    };
    const texts = Object.entries(manifest.contributes.configuration.properties).filter(
      ([, { type }]) => type === 'string',
    );
    assert.ok(texts.length > 0);
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, 'limited');
    for (const [name] of texts) assert.ok(restrictedConfigurations.includes(name), name);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
