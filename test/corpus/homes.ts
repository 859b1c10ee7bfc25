import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { claudeSlug } from '../../src/sessions/claude/claudeSlug';
import type { ExpectedSession } from './fixtures';

/** Sessions that name no folder are placed in this one. */
export const NO_CWD = '/workspace';

/** A sample session: where it is, its path below the samples and its row. */
export interface Sample {
  folder: string;
  key: string;
  row: ExpectedSession;
}

/**
 * The name that Claude Code would have given the file: `<uuid>.jsonl`, or `agent-<id>.jsonl` for a sub-agent. Samples with another
 * name keep it, and the session id then comes from the records; only `chat.jsonl` tells nothing and is named by its session.
 */
function transcriptName({ key, row }: Sample): string {
  const name = path.basename(key);
  if (name === 'claude_agent.jsonl') {
    return 'agent-sample.jsonl';
  }
  return name === 'chat.jsonl' ? `${row.session_id ?? 'chat'}.jsonl` : name;
}

/** Lays a sample out below `projects/`, with the sub-agents' folder beside it, in the project of the folder it worked in. */
export function placeClaude(configDir: string, sample: Sample): void {
  const file = path.join(sample.folder, sample.key);
  const project = path.join(configDir, 'projects', claudeSlug(sample.row.cwd ?? NO_CWD));
  fs.mkdirSync(project, { recursive: true });
  fs.copyFileSync(file, path.join(project, transcriptName(sample)));
  const beside = file.replace(/\.jsonl$/, '');
  if (fs.existsSync(beside)) {
    fs.cpSync(beside, path.join(project, path.basename(beside)), { recursive: true });
  }
}

/** Puts a sample where Codex keeps rollouts. One that names no folder gets a record that names one and has no time. */
export function placeCodex(home: string, { folder, key, row }: Sample): void {
  const sample = path.join(folder, key);
  const rollouts = path.join(home, 'sessions', '2026', '05', '11');
  fs.mkdirSync(rollouts, { recursive: true });
  const target = path.join(rollouts, path.basename(key));
  if (row.cwd === null) {
    const where = { type: 'turn_context', payload: { cwd: NO_CWD } };
    fs.writeFileSync(target, `${fs.readFileSync(sample, 'utf8')}${JSON.stringify(where)}\n`);
  } else {
    fs.copyFileSync(sample, target);
  }
}

/** The parent of a Codex fork among the rows. */
export function parentOf(
  key: string,
  rows: readonly (readonly [string, ExpectedSession])[],
): Omit<Sample, 'folder'> | undefined {
  if (!key.endsWith('/child.jsonl')) return undefined;
  const home = key.split('/codex-home/')[0] ?? '';
  const parent = rows.find(([other]) => other.startsWith(home) && other.endsWith('/parent.jsonl'));
  return parent && { key: parent[0], row: parent[1] };
}

/** Puts a sample where Gemini CLI keeps the chats of the project in this folder. */
export function placeGemini(home: string, { folder, key }: Sample, workspace: string): void {
  const hash = createHash('sha256').update(workspace).digest('hex');
  const chats = path.join(home, '.gemini', 'tmp', hash, 'chats');
  fs.mkdirSync(chats, { recursive: true });
  fs.copyFileSync(path.join(folder, key), path.join(chats, path.basename(key)));
}

/** Puts a sample where OpenCode keeps it; one that names no folder gets a session file that does. */
export function placeOpenCode(data: string, { folder, key, row }: Sample): void {
  const sample = path.join(folder, key.split('#')[0] ?? '');
  fs.mkdirSync(data, { recursive: true });
  if (key.includes('.db#')) {
    fs.copyFileSync(sample, path.join(data, 'opencode.db'));
    return;
  }
  const messages = path.join(data, 'storage', 'message', path.basename(sample));
  fs.mkdirSync(messages, { recursive: true });
  fs.cpSync(sample, messages, { recursive: true });
  const storage = path.dirname(path.dirname(sample));
  for (const part of ['session', 'part']) {
    if (fs.existsSync(path.join(storage, part))) {
      fs.cpSync(path.join(storage, part), path.join(data, 'storage', part), { recursive: true });
    }
  }
  if (row.cwd === null) {
    const sessions = path.join(data, 'storage', 'session', 'global');
    fs.mkdirSync(sessions, { recursive: true });
    fs.writeFileSync(path.join(sessions, 'one.json'), JSON.stringify({ id: row.session_id, directory: NO_CWD }));
  }
}
