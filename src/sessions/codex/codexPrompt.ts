import { isRecord } from '../reading/jsonLines';

/** What Codex puts before the model as if a person had said it. */
const INJECTED = [
  '<environment_context>',
  '<user_instructions>',
  '<permissions instructions>',
  '<turn_aborted>',
  '<skill>',
  '<skills_instructions>',
  '<user_shell_command>',
  '<subagent_notification>',
  '<INSTRUCTIONS>',
  '# AGENTS.md instructions',
] as const;

/** The request in what the editor extension sends, which begins with the files that are open. */
const IDE_REQUEST = '## My request for Codex:';

export function isInjected(text: string): boolean {
  const start = text.trimStart();
  return start === '' || INJECTED.some((known) => start.startsWith(known));
}

/** What the person wrote, for a title. */
export function typedPart(text: string): string {
  const at = text.indexOf(IDE_REQUEST);
  return (at < 0 ? text : text.slice(at + IDE_REQUEST.length)).trim();
}

/** The texts of a message's content, joined. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  const items = Array.isArray(content) ? (content as unknown[]).filter(isRecord) : [];
  return items.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n');
}
