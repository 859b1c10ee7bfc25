import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  COMMAND_NAMES,
  commandId,
  CONTEXT_KEYS,
  EXTENSION_ID,
  ITEM_FLAGS,
  SETTING_DEFAULTS,
  VIEWS,
} from '../../../src/ui/contributions';

interface Manifest {
  name: string;
  publisher: string;
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string }[];
    views: Record<string, { id: string }[]>;
    viewsContainers: { activitybar: { id: string }[] };
    viewsWelcome: { view: string; when: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    configuration: { properties: Record<string, { default: unknown }> };
    walkthroughs: { steps: { completionEvents: string[] }[] }[];
  };
}

const root = path.resolve(import.meta.dirname, '../../..');
const text = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(text('package.json')) as Manifest;
const nls = JSON.parse(text('package.nls.json')) as Record<string, string>;
const { contributes } = manifest;

const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file: file.replaceAll('\\', '/'), code: text(path.join('src', file)) }));

const same = (actual: Iterable<string>, expected: Iterable<string>, what: string): void => {
  assert.deepEqual([...new Set(actual)].sort(), [...new Set(expected)].sort(), what);
};

const whenClauses = [
  ...Object.values(contributes.menus).flatMap((items) => items.map((item) => item.when ?? '')),
  ...contributes.viewsWelcome.map((item) => item.when),
];
const found = (texts: readonly string[], pattern: RegExp): string[] =>
  texts.flatMap((value) => [...value.matchAll(pattern)].map((match) => match[1] ?? match[0]));

describe('what package.json declares and what the code uses', () => {
  it('has the extension id that the code looks for', () => {
    assert.equal(`${manifest.publisher}.${manifest.name}`, EXTENSION_ID);
  });

  it('declares exactly the commands of the code, all in one category', () => {
    same(
      contributes.commands.map((command) => command.command),
      COMMAND_NAMES.map(commandId),
      'commands',
    );
    assert.deepEqual(new Set(contributes.commands.map((command) => command.category)), new Set(['%command.category%']));
  });

  it('offers in menus, welcome texts and the walkthrough only commands and views that exist', () => {
    const commands = new Set(contributes.commands.map((command) => command.command));
    const views = new Set(Object.values(VIEWS).map((view) => `${view}.focus`));
    const used = [
      ...Object.values(contributes.menus).flatMap((items) => items.map((item) => item.command)),
      ...found(Object.values(nls), /\(command:(agentExperiments\.[\w.]+)/g),
      ...found(
        contributes.walkthroughs.flatMap((one) => one.steps.flatMap((step) => step.completionEvents)),
        /^onCommand:(.+)$/g,
      ),
    ];
    for (const command of used) assert.ok(commands.has(command) || views.has(command), command);
  });

  it('declares exactly the views of the code', () => {
    same(
      Object.values(contributes.views).flatMap((views) => views.map((view) => view.id)),
      Object.values(VIEWS),
      'views',
    );
    same(found(whenClauses, /\bview == ([\w.]+)/g), Object.values(VIEWS), 'views that menus name');
    same(
      contributes.viewsWelcome.map((welcome) => welcome.view),
      Object.values(VIEWS),
      'views with a welcome',
    );
    assert.deepEqual(
      Object.keys(contributes.views),
      contributes.viewsContainers.activitybar.map((one) => one.id),
    );
  });

  it('declares exactly the settings of the code, with the same defaults', () => {
    const declared = Object.fromEntries(
      Object.entries(contributes.configuration.properties).map(([key, value]) => [key, value.default]),
    );
    const used = Object.fromEntries(
      Object.entries(SETTING_DEFAULTS).map(([key, value]) => [`agentExperiments.${key}`, value as unknown]),
    );
    assert.deepEqual(declared, used);
    for (const key of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations)
      assert.ok(key in declared, key);
    same(
      found(
        sources.map(({ code }) => code),
        /\bsetting\('([\w.]+)'\)/g,
      ),
      Object.keys(SETTING_DEFAULTS),
      'settings read',
    );
  });

  it('uses exactly the context keys that the code sets', () => {
    const names = new Set([...Object.values(VIEWS), ...COMMAND_NAMES.map(commandId)]);
    const keys = found(whenClauses, /\bagentExperiments\.[\w.]+/g).filter((key) => !names.has(key));
    same(keys, CONTEXT_KEYS, 'context keys');
    const set = found(
      sources.map(({ code }) => code),
      /setContext\('(agentExperiments\.\w+)'/g,
    );
    same(set, CONTEXT_KEYS, 'context keys set');
  });

  it('matches tree items by exactly the flags that items carry', () => {
    const matched = found(whenClauses, /viewItem =~ \/([^/]+)\//g).flatMap(
      (pattern) => pattern.replaceAll('\\b', ' ').match(/[a-z]+/g) ?? [],
    );
    same(matched, ITEM_FLAGS, 'flags');
  });

  it('has a text for every key, and a key for every text', () => {
    same(found([text('package.json')], /%([\w.]+)%/g), Object.keys(nls), 'package.nls.json');
  });

  it('spells ids of commands, views and keys in one file only', () => {
    for (const { file, code } of sources) {
      if (file === 'ui/contributions.ts') continue;
      const spelled = found([code], /'(agentExperiments\.[\w.]+)'/g).filter(
        (id) => !CONTEXT_KEYS.some((key) => key === id) && id !== 'agentExperiments.variant',
      );
      const sections = new Set([
        'agentExperiments.statusBar',
        'agentExperiments.claudeCode',
        'agentExperiments.agents',
        'agentExperiments.sessions',
      ]);
      assert.deepEqual(
        spelled.filter((id) => !sections.has(id)),
        [],
        file,
      );
    }
  });
});
