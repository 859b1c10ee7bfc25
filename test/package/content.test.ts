import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../../scripts/editor/paths';
import { vsixPath } from '../../scripts/support/vsix';
import { readZip, type ZipEntry } from '../../scripts/support/zip';

/** Everything that ships. What is not here does not ship, and what is here is not left out. */
const EXPECTED = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/LICENSE.txt',
  'extension/changelog.md',
  'extension/dist/extension.js',
  'extension/dist/prices.js',
  'extension/dist/reportPage.css',
  'extension/dist/reportPage.js',
  'extension/dist/sessionStart.js',
  'extension/dist/sessionWorker.js',
  'extension/dist/sql-wasm.wasm',
  'extension/dist/sqlite.js',
  'extension/l10n/bundle.l10n.json',
  'extension/media/beaker.svg',
  'extension/media/icon.png',
  'extension/media/walkthrough/draw.svg',
  'extension/media/walkthrough/experiment.svg',
  'extension/media/walkthrough/report.svg',
  'extension/media/walkthrough/sessions.svg',
  'extension/media/walkthrough/tag.svg',
  'extension/package.json',
  'extension/package.nls.json',
  'extension/readme.md',
];
const MAX_BYTES = 2 * 1024 * 1024;

describe('the package', () => {
  let entries: ZipEntry[];
  const entry = (name: string): ZipEntry => {
    const found = entries.find((candidate) => candidate.name === name);
    assert.ok(found, `${name} is not in the package`);
    return found;
  };

  before(() => {
    assert.ok(existsSync(vsixPath()), `${vsixPath()} is not there: run npm run package first`);
    entries = readZip(readFileSync(vsixPath()));
  });

  it('holds exactly what is expected', () => {
    assert.deepEqual(entries.map(({ name }) => name).sort(), EXPECTED);
  });

  it('is smaller than 2 MB', () => {
    assert.ok(statSync(vsixPath()).size < MAX_BYTES, `${statSync(vsixPath()).size} bytes`);
  });

  it('holds no source, test or map', () => {
    const strangers = entries.filter(({ name }) =>
      /\.(ts|map|vsix)$|(^|\/)(src|test|scripts|node_modules)\//.test(name),
    );
    assert.deepEqual(
      strangers.map(({ name }) => name),
      [],
    );
    assert.doesNotMatch(entry('extension/dist/extension.js').read().toString('utf8'), /sourceMappingURL=/);
  });

  it('holds the WASM of the sql.js that is bundled', () => {
    const original = readFileSync(path.join(projectFolder, 'node_modules', 'sql.js', 'dist', 'sql-wasm.wasm'));
    assert.ok(entry('extension/dist/sql-wasm.wasm').read().equals(original));
  });

  it('holds the packages that a start does without in files of their own', () => {
    // Words of the packages' own, which no minifier changes.
    for (const [file, word] of [
      ['prices', 'claude-3'],
      ['sqlite', 'onRuntimeInitialized'],
    ] as const) {
      const text = (name: string): string => entry(`extension/dist/${name}.js`).read().toString('utf8');
      assert.ok(text(file).includes(word), file);
      for (const other of ['extension', 'sessionWorker', 'sessionStart']) assert.ok(!text(other).includes(word), other);
      assert.ok(text('sessionWorker').includes(`require("./${file}.js")`));
    }
  });

  it('has every file that its manifest names', () => {
    const manifest = entry('extension/package.json').read().toString('utf8');
    const named = [...manifest.matchAll(/"(?:\.\/)?((?:dist|media)\/[^"]+)"/g)].map((match) => match[1] ?? '');
    assert.ok(named.length > 0);
    for (const name of named) {
      entry(`extension/${name}`);
    }
  });
});
