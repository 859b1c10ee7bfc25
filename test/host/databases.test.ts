import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMAND_NAMES } from '../../src/ui/contributions';
import { testEnvironment } from './support/environment';
import { api, newRunning, run } from './support/extension';

describe('the database as a file', () => {
  const { fixtures, storage } = testEnvironment();
  const database = path.join(storage, 'experiments.db');
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'experiments-host-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('is exported, and importing the export changes nothing', async () => {
    const { id } = await newRunning('To export');
    await run('tagControl', { experimentId: id, sessionId: 'exported session' });
    const uri = vscode.Uri.file(path.join(folder, 'export.db'));
    const exported = await run('exportDatabase', { uri: uri.toString() });
    assert.equal(exported.bytes, readFileSync(uri.fsPath).length);
    assert.equal(exported.experiments, (await (await api()).experiments()).length);
    const before = readFileSync(database);
    const imported = await run('importDatabase', { uri });
    assert.equal(imported.experiments.unchanged, exported.experiments);
    assert.deepEqual([imported.tags.imported, imported.skipped], [0, []]);
    assert.ok(readFileSync(database).equals(before));
    await run('concludeExperiment', { experimentId: id });
  });

  it('takes a kaizen database in', async function () {
    if (fixtures === undefined) {
      console.log('  SKIPPED: no kaizen database is at hand');
      this.skip();
    }
    const uri = vscode.Uri.file(path.join(fixtures, 'kaizen', 'kaizen.db')).toString();
    const first = await run('importDatabase', { uri });
    assert.deepEqual([first.experiments.imported, first.tags.imported], [4, 12]);
    const again = await run('importDatabase', { uri });
    assert.deepEqual([again.experiments.unchanged, again.tags.unchanged], [4, 12]);
    for (const experiment of (await (await api()).experiments()).filter(({ name }) => name === 'add-tdd-skill')) {
      await run('concludeExperiment', { experimentId: experiment.id });
    }
  });

  it('is not exported over itself, nor beside itself', async () => {
    const before = readFileSync(database);
    for (const name of ['experiments.db', 'copy.db', 'backups/x.db']) {
      const uri = vscode.Uri.file(path.join(storage, name)).toString();
      await assert.rejects(run('exportDatabase', { uri }), /another folder/);
    }
    assert.ok(readFileSync(database).equals(before));
    assert.equal(existsSync(path.join(storage, 'copy.db')), false);
  });

  it('says what is wrong with a file that it cannot take', async () => {
    const file = path.join(folder, 'text.db');
    writeFileSync(file, 'not a database');
    await assert.rejects(run('importDatabase', { uri: vscode.Uri.file(file) }), /cannot be read.*text\.db/s);
    await assert.rejects(run('importDatabase', { uri: vscode.Uri.file(path.join(folder, 'none.db')) }), /no file/);
    await assert.rejects(run('importDatabase', { uri: 'https://example.com/x.db' }), /as a URI/);
    await assert.rejects(run('salvageDatabase', {}), /nothing to salvage/);
    await assert.rejects(run('restoreBackup', { backup: '../../x' }), /Pass the backup|There is no backup/);
  });
});

/** What menus, keybindings, other extensions and links may pass. */
describe('hostile arguments', () => {
  const { storage } = testEnvironment();
  const values: unknown[] = [
    ...[
      '',
      'x',
      '../../etc/passwd',
      '\u0000',
      '\ud800',
      '$(flame)',
      'a'.repeat(100_000),
      "'; DROP TABLE experiments; --",
    ],
    ...[0, -1, NaN, Infinity, true, false, [], {}, [[]], () => 1, Symbol('s'), 10n, new Date(0), new Uint8Array(9)],
    ...[
      { toString: (): never => assert.fail('called') },
      Object.create(null) as object,
      { __proto__: { experimentId: 'e' } },
    ],
  ];
  const keys = [
    'experimentId',
    'sessionId',
    'variant',
    'reason',
    'uri',
    'format',
    'backup',
    'name',
    'metric',
    'binding',
  ];

  let target: string | undefined;
  after(async () => {
    if (target !== undefined) await run('concludeExperiment', { experimentId: target });
  });

  it('change nothing, and fail only with the documented error', async function () {
    this.timeout(120_000);
    const { id } = await newRunning('Target of hostile arguments');
    target = id;
    const bytes = (): Buffer => readFileSync(path.join(storage, 'experiments.db'));
    const before = bytes();
    // These open something for a person, or take no argument.
    const left = new Set(['showLog', 'refresh', 'filterSessions', 'copySessionId']);
    // These need nothing but an experiment: with the id of one, what they do is meant.
    const byExperiment = /Experiment$|Report$|^unblind$|^checkFalseAlarms$/;
    const messages = new Set<string>();
    for (const command of COMMAND_NAMES.filter((name) => !left.has(name))) {
      const calls = [
        ...values.filter((value) => value !== undefined && value !== null),
        ...keys.flatMap((key) => values.map((value) => ({ [key]: value }))),
        ...(byExperiment.test(command) ? [] : values).map((value) => ({
          ...{ experimentId: id, sessionId: value, variant: value, reason: value, uri: value },
        })),
      ];
      // A session id that is any text is a tag that is meant.
      const meant = /^tag|^mark|^clear/.test(command) ? calls.filter((call) => !isMeant(command, call, id)) : calls;
      for (const call of meant) {
        try {
          await vscode.commands.executeCommand(`agentExperiments.${command}`, call);
        } catch (error) {
          const { name, message } = error as Error;
          messages.add(`${name}: ${message.slice(0, 40)}`);
          assert.ok(!/not foreseen|undefined|\[object|TypeError|RangeError/.test(message), `${command}: ${message}`);
        }
      }
      assert.ok(bytes().equals(before), `${command} has changed something`);
    }
    assert.ok(messages.size > 5, [...messages].join('\n'));
  });

  function isMeant(command: string, call: unknown, id: string): boolean {
    const { experimentId, sessionId } = (call ?? {}) as Record<string, unknown>;
    // What is not named is the experiment in use and the current session.
    const named = sessionId === undefined || typeof sessionId === 'string';
    return named && (!command.startsWith('tag') || experimentId === id || experimentId === undefined);
  }
});
