import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The layers of the house. Each folder of src names what it may import at run time from outside itself; everything else is
 * an error. `import type` of the public shapes (src/api) is open to all.
 */
const layers = [
  { folder: 'statistics', may: [], builtins: false, vscode: false },
  { folder: 'domain', may: ['statistics'], builtins: false, vscode: false },
  { folder: 'sqlite', may: [], builtins: false, vscode: false },
  { folder: 'store', may: ['domain', 'sqlite'], builtins: true, vscode: false },
  { folder: 'sessions', may: ['domain', 'sqlite'], builtins: true, vscode: false },
  { folder: 'assignment', may: ['domain', 'store'], builtins: true, vscode: false },
  { folder: 'instructions', may: ['domain'], builtins: true, vscode: false },
  {
    folder: 'ui',
    may: ['domain', 'store', 'sessions', 'assignment', 'instructions', 'webview'],
    builtins: true,
    vscode: true,
  },
  // Runs in a browser. Only its shapes and messages are for others, and only browser/ knows a document.
  { folder: 'webview', may: [], builtins: false, vscode: false },
];
const folders = layers.map((layer) => layer.folder);

function importRules({ folder, may, builtins, vscode }) {
  const closed = folders.filter((other) => other !== folder && !may.includes(other));
  const patterns = closed.map((other) => ({
    regex: `^(\\.\\./)+${other}(/|$)`,
    message: `src/${folder} must not depend on src/${other}: data flows transcripts, sessions, sample, report, views.`,
  }));
  if (folder === 'ui') {
    patterns.push({
      regex: '^(\\.\\./)+webview/(?!(messages|pageData|format)$)',
      message: 'Of the page, the extension knows only its messages, its data and its formats.',
    });
  }
  patterns.push({
    regex: '^(\\.\\./)+(extension|(\\.\\./)*(test|scripts)/.*)$',
    message: 'Product code must not import the composition root, tests or scripts.',
  });
  if (!vscode) {
    patterns.push({
      regex: '^vscode$',
      message: `src/${folder} must not import vscode: only src/ui and src/extension.ts may.`,
    });
  }
  if (!builtins) {
    patterns.push({
      regex: '^(node:.*|fs|path|os|crypto|child_process|worker_threads)$',
      message: `src/${folder} does no I/O: pass the values in.`,
    });
  }
  return patterns;
}

const layerConfigs = layers.map((layer) => ({
  files: [`src/${layer.folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': ['error', { patterns: importRules(layer) }],
    'no-restricted-syntax': [
      'error',
      { selector: 'ImportExpression', message: 'Import statically, so that the layers can be checked.' },
      {
        selector: 'CallExpression[callee.name="require"]',
        message: 'Import statically, so that the layers can be checked.',
      },
    ],
  },
}));

const pureDomain = {
  files: ['src/{domain,statistics}/**/*.ts'],
  rules: {
    'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'performance', 'fetch', 'console'],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'The domain has no clock of its own: pass the time in.' },
      { object: 'Math', property: 'random', message: 'The domain draws nothing by itself: pass the number in.' },
    ],
  },
};

/** VS Code calls that have one home each, so that every command, message and error is treated alike. */
const oneHome = [
  { object: 'commands', property: 'registerCommand', home: 'src/ui/commands/register.ts' },
  { object: 'window', property: 'showInformationMessage', home: 'src/ui/notify.ts' },
  { object: 'window', property: 'showWarningMessage', home: 'src/ui/notify.ts' },
  { object: 'window', property: 'showErrorMessage', home: 'src/ui/notify.ts' },
];
const oneHomeRule = (entries) => [
  'error',
  ...entries.flatMap(({ object, property, home }) => [
    {
      selector: `MemberExpression[object.property.name="${object}"][property.name="${property}"]`,
      message: `Only ${home} calls ${object}.${property}.`,
    },
    {
      selector: `MemberExpression[object.name="${object}"][property.name="${property}"]`,
      message: `Only ${home} calls ${object}.${property}.`,
    },
  ]),
];

export default defineConfig(
  { ignores: ['dist/', 'out/', 'artifacts/', 'node_modules/', '.cache/', '.vscode-test/'] },
  js.configs.recommended,
  { files: ['**/*.ts'], extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked] },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  ...layerConfigs,
  pureDomain,
  {
    files: ['src/ui/**/*.ts', 'src/extension.ts'],
    rules: { 'no-restricted-syntax': oneHomeRule(oneHome) },
  },
  {
    files: ['src/ui/commands/register.ts'],
    rules: { 'no-restricted-syntax': oneHomeRule(oneHome.filter((e) => e.home !== 'src/ui/commands/register.ts')) },
  },
  {
    files: ['src/ui/notify.ts'],
    rules: { 'no-restricted-syntax': oneHomeRule(oneHome.filter((e) => e.home !== 'src/ui/notify.ts')) },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off', 'no-console': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
