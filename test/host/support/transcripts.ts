import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { claudeSlug } from '../../../src/sessions/claude/claudeSlug';
import { testEnvironment } from './environment';

/** Claude Code's files of the test workspace. */
export function projectFolder(): string {
  const { claudeConfigDir, workspace } = testEnvironment();
  const folder = path.join(claudeConfigDir, 'projects', claudeSlug(workspace));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Puts a recorded transcript into the workspace as if it had been made there, and returns its file. */
export function placeTranscript(recorded: string, sessionId: string): string {
  const { workspace } = testEnvironment();
  const text = readFileSync(recorded, 'utf8').replaceAll(
    /"cwd":"(?:[^"\\]|\\.)*"/g,
    `"cwd":${JSON.stringify(workspace)}`,
  );
  const file = path.join(projectFolder(), `${sessionId}.jsonl`);
  writeFileSync(file, text);
  return file;
}

/** Tokens of a session of our own. */
export interface OwnUse {
  output: number;
  cacheRead: number;
}

/** A short session of our own, as lines of a transcript. */
export function ownTranscript(
  sessionId: string,
  prompt: string,
  startedAt: number,
  { output, cacheRead }: OwnUse = { output: 50, cacheRead: 4000 },
): string[] {
  const { workspace } = testEnvironment();
  const common = {
    sessionId,
    cwd: workspace,
    gitBranch: 'main',
    version: '2.1.0',
    userType: 'external',
    isSidechain: false,
  };
  const time = (minutes: number): string => new Date(startedAt + minutes * 60_000).toISOString();
  return [
    {
      ...common,
      type: 'user',
      uuid: `${sessionId}-1`,
      parentUuid: null,
      timestamp: time(0),
      message: { role: 'user', content: prompt },
    },
    {
      ...common,
      type: 'assistant',
      uuid: `${sessionId}-2`,
      parentUuid: `${sessionId}-1`,
      timestamp: time(1),
      message: {
        id: `msg_${sessionId}`,
        role: 'assistant',
        model: 'claude-sonnet-4-5-20250929',
        content: [{ type: 'text', text: 'Done.' }],
        usage: {
          input_tokens: 100,
          output_tokens: output,
          cache_creation_input_tokens: 850,
          cache_read_input_tokens: cacheRead,
        },
      },
    },
  ].map((record) => JSON.stringify(record));
}

export function placeOwn(sessionId: string, prompt: string, startedAt: number, use?: OwnUse): string {
  const file = path.join(projectFolder(), `${sessionId}.jsonl`);
  writeFileSync(file, `${ownTranscript(sessionId, prompt, startedAt, use).join('\n')}\n`);
  return file;
}

/** Says that a session's process is running, as Claude Code does; the pid is this extension host's, which lives. */
export function markRunning(sessionId: string, pid = process.pid): () => void {
  const { claudeConfigDir, workspace } = testEnvironment();
  const folder = path.join(claudeConfigDir, 'sessions');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${pid}.json`);
  const now = Date.now();
  writeFileSync(
    file,
    JSON.stringify({ pid, sessionId, cwd: workspace, startedAt: now, status: 'busy', updatedAt: now }),
  );
  return () => {
    rmSync(file, { force: true });
  };
}
