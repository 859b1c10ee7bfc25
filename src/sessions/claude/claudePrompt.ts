/**
 * What a user record of Claude Code is. Besides what a person typed, user records carry tool results, the output of local
 * commands, notices and reminders that the program adds.
 */
export type UserText =
  | { kind: 'prompt'; text: string }
  /** A command such as `/init`; whether it started a turn shows only when an answer follows. */
  | { kind: 'slashCommand'; command: string }
  | { kind: 'other' };

const NOT_TYPED = [
  '<local-command-',
  '<bash-input>',
  '<bash-stdout>',
  '<bash-stderr>',
  '<task-notification>',
  '[Request interrupted by user',
  'Caveat:',
] as const;

const MAX_TAG_NAME = 64;
const MAX_COMMAND = 200;

/** Classifies the text blocks of a user record of the main thread that holds no tool result. */
export function classifyUserText(texts: readonly string[], hasImage: boolean): UserText {
  const text = withoutAddedBlocks(texts.join('\n')).trim();
  if (text.startsWith('<command-name>') || text.startsWith('<command-message>')) {
    return { kind: 'slashCommand', command: commandOf(text) };
  }
  if (NOT_TYPED.some((start) => text.startsWith(start))) {
    return { kind: 'other' };
  }
  return text !== '' || hasImage ? { kind: 'prompt', text } : { kind: 'other' };
}

function commandOf(text: string): string {
  const name = between(text, '<command-name>', '</command-name>').trim();
  const args = between(text, '<command-args>', '</command-args>').trim();
  return `${name} ${args}`.trim().slice(0, MAX_COMMAND);
}

function between(text: string, open: string, close: string): string {
  const start = text.indexOf(open);
  const end = text.indexOf(close, start + open.length);
  return start < 0 || end < 0 ? '' : text.slice(start + open.length, end);
}

/** The text without `<system-reminder>` and `<ide_…>` blocks, which the program adds. Takes linear time for any text. */
function withoutAddedBlocks(text: string): string {
  const neverClosed = new Set<string>();
  let kept = '';
  let from = 0;
  let search = 0;
  for (;;) {
    const open = text.indexOf('<', search);
    if (open < 0) {
      return kept + text.slice(from);
    }
    const name = addedTagAt(text, open);
    const close = name === undefined || neverClosed.has(name) ? -1 : text.indexOf(`</${name}>`, open);
    if (name === undefined || close < 0) {
      if (name !== undefined) {
        neverClosed.add(name);
      }
      search = open + 1;
      continue;
    }
    kept += text.slice(from, open);
    from = close + name.length + 3;
    search = from;
  }
}

/** The name of the added tag that opens at this place. */
function addedTagAt(text: string, open: number): string | undefined {
  if (!text.startsWith('<system-reminder>', open) && !text.startsWith('<ide_', open)) {
    return undefined;
  }
  const end = text.indexOf('>', open);
  return end < 0 || end - open > MAX_TAG_NAME ? undefined : text.slice(open + 1, end);
}
