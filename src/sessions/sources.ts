import { readFile } from 'node:fs/promises';
import { ClaudeCodeSessions } from './claude/claudeCode';
import type { ReadingHelper } from './claude/claudeReading';
import { ClineSessions } from './cline/cline';
import { CLINE_AGENTS } from './cline/clineLocations';
import { CodexSessions } from './codex/codexSessions';
import { CopilotChatSessions } from './copilotChat/copilotChat';
import { CopilotCliSessions } from './copilotCli/copilotCli';
import { CursorSessions } from './cursor/cursor';
import { EditorSessions } from './editor/editorSessions';
import { GeminiSessions } from './gemini/geminiSessions';
import type { SessionSource } from './model';
import { OpenCodeSessions } from './opencode/openCodeSessions';
import type { FileAccess } from './reading/fileAccess';

/** What decides which sessions are found: plain values, because they go to another thread. */
export interface SourceSettings {
  /** The environment variables of the editor. */
  environment: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Where the editor windows leave their own sessions. */
  editorSessionsFolder: string;
  /** The WASM of sql.js, for agents that keep a database. */
  wasmFile: string;
  /** This window's folder among the editor's `workspaceStorage`; undefined with no folder open. */
  workspaceStorageFolder?: string | undefined;
  /** Where to keep what was read for the next start. */
  indexFolder?: string | undefined;
  claudeFolder?: string | undefined;
  liveMinutes?: number;
  /** Agents that a person switched off. */
  disabledAgents?: readonly string[];
}

/** All agents whose sessions are read: one line each. `helper` is a thread that shares the work where there is much. */
export function createSources(settings: SourceSettings, access: FileAccess, helper?: ReadingHelper): SessionSource[] {
  const { environment, home, liveMinutes, indexFolder, claudeFolder } = settings;
  const common = { access, ...(liveMinutes === undefined ? {} : { liveMinutes }) };
  const places = { ...environment, home, platform: process.platform };
  const loadWasm = (): Promise<Uint8Array> => readFile(settings.wasmFile);
  const all: SessionSource[] = [
    new ClaudeCodeSessions({ ...common, environment: places, configFolder: claudeFolder, indexFolder, helper }),
    new CodexSessions({ ...common, environment: places }),
    new GeminiSessions({ ...common, environment: places }),
    new OpenCodeSessions({ ...common, environment: places, loadWasm }),
    new CopilotChatSessions({
      ...common,
      environment: places,
      storageFolder: settings.workspaceStorageFolder,
      loadWasm,
    }),
    new CopilotCliSessions({ ...common, environment: places }),
    ...CLINE_AGENTS.map((agent) => new ClineSessions({ ...common, agent, environment: places })),
    new CursorSessions({ ...common, environment: places }),
    new EditorSessions({ access, folder: settings.editorSessionsFolder }),
  ];
  return all.filter(({ agent }) => settings.disabledAgents?.includes(agent) !== true);
}
