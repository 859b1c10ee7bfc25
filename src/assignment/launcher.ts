import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

/** The launcher's name without its extension; it marks our entries in the agents' settings. */
export const LAUNCHER_NAME = 'agent-experiments-session-start';

export interface LauncherParts {
  /** The extension's global storage. */
  storage: string;
  /** The session-start program in the extension's folder. */
  program: string;
  /** The editor's own runtime: an Electron or a Node. */
  runtime: string;
  platform: NodeJS.Platform;
}

/** Where the launcher is, or will be: outside the extension's folder, whose name changes with each version. */
export function launcherPath({ storage, platform }: Pick<LauncherParts, 'storage' | 'platform'>): string {
  return path.join(storage, 'hooks', platform === 'win32' ? `${LAUNCHER_NAME}.cmd` : LAUNCHER_NAME);
}

/** One word for a POSIX shell, whatever it holds. */
export function posixWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One argument for cmd.exe. A path cannot hold a quote; percent signs would be taken for variables in a batch file. */
function cmdWord(text: string): string {
  return `"${text.replaceAll('%', '%%')}"`;
}

/** The launcher's text. It ends with 0 and says nothing, whatever is missing: an agent's session must not suffer. */
export function launcherText({ storage, program, runtime, platform }: LauncherParts): string {
  if (platform === 'win32') {
    return [
      '@echo off',
      'rem Written by the VS Code extension Agent Experiments: gives a session the text of its variant.',
      // By its full path: cmd.exe looks in the working folder first, which may be anybody's repository.
      '"%SystemRoot%\\System32\\chcp.com" 65001 >nul 2>nul',
      `if not exist ${cmdWord(program)} exit /b 0`,
      `if not exist ${cmdWord(runtime)} exit /b 0`,
      'set ELECTRON_RUN_AS_NODE=1',
      `${cmdWord(runtime)} ${cmdWord(program)} ${cmdWord(storage)} %1 2>nul`,
      'exit /b 0',
      '',
    ].join('\r\n');
  }
  return [
    '#!/bin/sh',
    '# Written by the VS Code extension Agent Experiments: gives a session the text of its variant.',
    `program=${posixWord(program)}`,
    `runtime=${posixWord(runtime)}`,
    '[ -f "$program" ] && [ -x "$runtime" ] || exit 0',
    `ELECTRON_RUN_AS_NODE=1 "$runtime" "$program" ${posixWord(storage)} "$1" 2>/dev/null`,
    'exit 0',
    '',
  ].join('\n');
}

/** Writes the launcher where it is missing, says something else, or others could change it. Throws what the file system says. */
export function writeLauncher(parts: LauncherParts): string {
  const file = launcherPath(parts);
  const text = launcherText(parts);
  if (isOwn(file, parts.platform) && readOr(file) === text) return file;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${randomUUID()}.tmp`;
  writeFileSync(next, text, { mode: 0o700, flag: 'wx' });
  chmodSync(next, 0o700);
  renameSync(next, file);
  return file;
}

/** A file of its own, which only its owner may write: no link to somewhere else. */
function isOwn(file: string, platform: NodeJS.Platform): boolean {
  const facts = lstatSync(file, { throwIfNoEntry: false });
  return facts?.isFile() === true && (platform === 'win32' || (facts.mode & 0o777) === 0o700);
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The command that an agent's settings hold. Claude Code runs it with a POSIX shell on every platform. */
export function hookCommand(launcher: string, agent: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `"${launcher}" ${agent}` : `${posixWord(launcher)} ${agent}`;
}
