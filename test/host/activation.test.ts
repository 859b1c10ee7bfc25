import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { EXTENSION_ID, testEnvironment } from './support/environment';

interface Manifest {
  contributes?: { commands?: { command: string }[] };
}

const PREFIX = 'agentExperiments.';

describe('activation', () => {
  const extension = (): vscode.Extension<unknown> => {
    const found = vscode.extensions.getExtension(EXTENSION_ID);
    assert.ok(found, `${EXTENSION_ID} is not installed`);
    return found;
  };

  it('is there, in the version of VS Code that was asked for', () => {
    extension();
    const { editor } = testEnvironment();
    assert.ok(editor === 'any' || vscode.version.startsWith(`${editor}.`), vscode.version);
  });

  it('activates', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it('registers exactly the commands that it declares', async () => {
    await extension().activate();
    const manifest = extension().packageJSON as Manifest;
    const declared = (manifest.contributes?.commands ?? []).map((command) => command.command).sort();
    const registered = (await vscode.commands.getCommands(true))
      // Views bring commands of their own (`<view>.focus` and the like), which the editor registers.
      .filter((command) => command.startsWith(PREFIX) && !command.slice(PREFIX.length).includes('.'))
      .sort();
    assert.ok(declared.length > 0, 'no command is declared');
    assert.deepEqual(registered, declared);
  });
});
