import { ClaudeCodeSessions } from './claude/claudeCode';
import { CodexSessions } from './codex/codexSessions';
import { EditorSessions } from './editor/editorSessions';
import { GeminiSessions } from './gemini/geminiSessions';
import type { SessionSource } from './model';
import type { FileAccess } from './reading/fileAccess';

/** What decides which sessions are found: plain values, because they go to another thread. */
export interface SourceSettings {
  /** The environment variables of the editor. */
  environment: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Where the editor windows leave their own sessions. */
  editorSessionsFolder: string;
  claudeFolder?: string | undefined;
  liveMinutes?: number;
}

/** All agents whose sessions are read: one line each. */
export function createSources(settings: SourceSettings, access: FileAccess): SessionSource[] {
  const { environment, home, liveMinutes } = settings;
  const common = { access, ...(liveMinutes === undefined ? {} : { liveMinutes }) };
  const places = { ...environment, home };
  return [
    new ClaudeCodeSessions({ ...common, environment: places, configFolder: settings.claudeFolder }),
    new CodexSessions({ ...common, environment: places }),
    new GeminiSessions({ ...common, environment: places }),
    new EditorSessions({ access, folder: settings.editorSessionsFolder }),
  ];
}
