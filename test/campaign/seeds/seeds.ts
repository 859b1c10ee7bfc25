import { claude } from './claude';
import { cline, clineSdk, kilo, roo } from './cline';
import { codex, codexZstd } from './codex';
import { copilotChat, copilotChatJson, copilotChatTraces, copilotChatTranscript, copilotCli } from './copilot';
import { gemini, geminiJson } from './gemini';
import { cursor, editor, openCode, openCodeDatabase } from './others';
import type { Seed } from './seed';

/** Every form in which any agent keeps its sessions. */
export const SEEDS: readonly Seed[] = [
  claude,
  codex,
  codexZstd,
  gemini,
  geminiJson,
  copilotCli,
  copilotChat,
  copilotChatJson,
  copilotChatTranscript,
  copilotChatTraces,
  cline,
  clineSdk,
  roo,
  kilo,
  cursor,
  openCode,
  openCodeDatabase,
  editor,
];
