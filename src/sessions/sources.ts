import { ClaudeCodeSessions } from './claude/claudeCode';
import { EditorSessions } from './editor/editorSessions';
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
  return [
    new ClaudeCodeSessions({ ...common, environment: { ...environment, home }, configFolder: settings.claudeFolder }),
    new EditorSessions({ access, folder: settings.editorSessionsFolder }),
  ];
}
