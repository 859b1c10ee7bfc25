/**
 * Bundles the extension, or with `--tests` its host tests. Types are checked apart, by `npm run types`.
 *
 *   node scripts/build.mjs [--production] [--watch]   src/extension.ts, the session worker and the report page -> dist/, with the WASM
 *   node scripts/build.mjs --tests [--watch]          test/host/**\/*.ts -> out/test/host/
 */
import { build, context } from 'esbuild';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');
/** Packages that a start does without, in files of their own: loaded where they are needed first. */
const APART = { prices: '@pydantic/genai-prices', sqlite: 'sql.js' };

/** @returns {import('esbuild').BuildOptions} */
function shared() {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify: production,
    sourcemap: production ? false : 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'info',
  };
}

function extensionOptions() {
  const dist = path.join(root, 'dist');
  // What an earlier build left behind must not end up in a package.
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  copyFileSync(require.resolve('sql.js/dist/sql-wasm.wasm'), path.join(dist, 'sql-wasm.wasm'));
  const entryPoints = {
    extension: 'src/extension.ts',
    sessionWorker: 'src/sessions/worker/sessionWorker.ts',
    sessionStart: 'src/assignment/sessionStart.ts',
    ...APART,
  };
  // Its CommonJS form asks for its parts at run time, out of a bundler's sight.
  const alias = { 'jsonc-parser': require.resolve('jsonc-parser/lib/esm/main.js') };
  return {
    ...{ ...shared(), entryPoints, outdir: 'dist', external: ['vscode'], alias, plugins: [packagesApart] },
    // `require` instead, so that the other loader of modules is not started for it.
    supported: { 'dynamic-import': false },
  };
}

/** @type {import('esbuild').Plugin} */
const packagesApart = {
  name: 'packages-apart',
  setup({ onResolve }) {
    for (const [file, name] of Object.entries(APART)) {
      onResolve({ filter: new RegExp(`^${name}$`) }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${file}.js`, external: true },
      );
    }
  },
};

/** What runs in the browser of a webview: src/webview/browser/reportPage.ts with its styles. */
function pageOptions() {
  return {
    ...shared(),
    platform: 'browser',
    format: 'iife',
    target: 'chrome132',
    entryPoints: [
      { in: 'src/webview/browser/reportPage.ts', out: 'reportPage' },
      { in: 'src/webview/page.css', out: 'reportPage' },
    ],
    outdir: 'dist',
  };
}

/** The suites and test files that the editor loads; runners (which start editors) stay out of the bundle. */
function testOptions() {
  rmSync(path.join(root, 'out'), { recursive: true, force: true });
  const entries = readdirSync(path.join(root, 'test', 'host'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(\.test|\.race|\.driver|[/\\]?suite[A-Za-z]*)\.ts$/.test(name))
    .map((name) => path.join('test', 'host', name));
  if (!entries.some((name) => name.endsWith('.test.ts'))) {
    throw new Error('No host test found under test/host: nothing would be tested.');
  }
  return {
    ...shared(),
    entryPoints: entries,
    outdir: 'out/test/host',
    outbase: 'test/host',
    external: ['vscode', 'mocha'],
  };
}

const all = tests ? [testOptions()] : [extensionOptions(), pageOptions()];
for (const options of all) {
  if (watch) await (await context(options)).watch();
  else await build(options);
}
