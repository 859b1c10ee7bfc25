import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { CopilotChatSessions } from '../../src/sessions/copilotChat/copilotChat';
import type { IndexedSession, SessionSource } from '../../src/sessions/model';
import { OpenCodeSessions } from '../../src/sessions/opencode/openCodeSessions';
import type { FileAccess } from '../../src/sessions/reading/fileAccess';
import { createSources } from '../../src/sessions/sources';
import { wasmFile } from './sqlite';

/** The source of one agent as the extension makes it, in a home folder of its own. */
export function sourceOf(agent: string, home: string, access: FileAccess): SessionSource {
  const settings = { environment: {}, home, editorSessionsFolder: path.join(home, 'editor-sessions'), wasmFile };
  const environment = { home, platform: process.platform };
  const loadWasm = (): Promise<Uint8Array> => readFile(wasmFile);
  const listed = createSources(settings, access).find((source) => source.agent === agent);
  switch (agent) {
    case 'opencode':
      return listed ?? new OpenCodeSessions({ access, environment, loadWasm });
    case 'copilot-chat':
      return listed ?? new CopilotChatSessions({ access, environment, loadWasm });
    default:
      if (!listed) {
        throw new Error(`No source reads ${agent}`);
      }
      return listed;
  }
}

const COUNTS = ['prompts', 'toolCalls', 'toolErrors', 'filesTouched'] as const;
const TIMES = ['startedAt', 'lastActiveAt', 'activeMinutes', 'wallMinutes'] as const;
const TEXTS = ['id', 'agent', 'title', 'workspaceFolder', 'model', 'branch', 'startCommit', 'transcript'] as const;

/** What is wrong with a session whatever its transcript holds: a number that is none, a text that is none. */
export function senseless(session: IndexedSession): string | undefined {
  const count = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  const wrong = [
    ...COUNTS.filter((key) => !Number.isInteger(session[key]) || session[key] < 0),
    ...TIMES.filter((key) => !count(session[key])),
    ...TEXTS.filter((key) => session[key] !== undefined && typeof session[key] !== 'string'),
    ...Object.entries(session.tokens ?? {}).flatMap(([key, value]) => (count(value) ? [] : [`tokens.${key}`])),
    ...Object.entries(session.models).flatMap(([key, value]) => (count(value) ? [] : [`models.${key.slice(0, 50)}`])),
    ...(session.costUsd === undefined || count(session.costUsd) ? [] : ['costUsd']),
    ...(session.toolLoops === undefined || count(session.toolLoops) ? [] : ['toolLoops']),
    ...((session.title?.length ?? 0) > 1000 ? ['title (too long)'] : []),
  ];
  return wrong.length === 0 ? undefined : `${session.id.slice(0, 100)}: ${wrong.join(', ')}`;
}
