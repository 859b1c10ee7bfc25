import * as path from 'node:path';

/** What an agent says when it starts a session. */
export interface HookInput {
  agent: string;
  sessionId: string;
  folder: string;
  /**
   * `begins`: the session is new, and may be drawn. `again`: it goes on (resumed, or its context was made shorter), and is told
   * what it was told before. `test`: our own question whether all is in place.
   */
  occasion: 'begins' | 'again' | 'test';
  transcript?: string;
}

/** What the test of the hook passes as `source`. */
export const TEST_SOURCE = 'agent-experiments-test';

const occasions = new Map<unknown, HookInput['occasion']>(
  Object.entries({
    startup: 'begins',
    new: 'begins',
    clear: 'begins',
    resume: 'again',
    compact: 'again',
    [TEST_SOURCE]: 'test',
  } as const),
);

const LONGEST_ID = 200;
const LONGEST_PATH = 4096;

/** Text without control characters, within a length. */
function plain(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && value.length <= longest && !/\p{Cc}/u.test(value)
    ? value
    : undefined;
}

/**
 * Reads the standard input of a session-start hook; undefined where it does not say which session starts where. `registered` is
 * the agent whose settings named the program. VS Code's agent reads Claude Code's settings too; it spells its fields in camel
 * case (docs/assignment.md has the shapes).
 */
export function readHookInput(text: string, registered: string): HookInput | undefined {
  let input: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    input = parsed as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const camel = input['sessionId'] !== undefined;
  const sessionId = plain(camel ? input['sessionId'] : input['session_id'], LONGEST_ID);
  const folder = plain(input['cwd'], LONGEST_PATH);
  const event = input['hook_event_name'] ?? input['hookEventName'];
  if (sessionId === undefined || folder === undefined || !path.isAbsolute(folder)) return undefined;
  // Where an agent calls every hook with one program, only the start of a session concerns us.
  if (event !== undefined && event !== 'SessionStart') return undefined;
  const source = input['source'];
  const occasion = source === undefined ? 'begins' : occasions.get(source);
  const transcript = plain(input['transcript_path'] ?? input['transcriptPath'], LONGEST_PATH);
  return {
    agent: camel && registered === 'claude-code' ? 'copilot-chat' : registered,
    sessionId,
    folder,
    // A word that we do not know may mean a session that began long ago: that one is never drawn.
    occasion: occasion ?? 'again',
    ...(transcript === undefined ? {} : { transcript }),
  };
}

/** The standard output that gives an agent text at the start of a session; all that have such a hook take this shape. */
export function hookOutput(texts: readonly string[]): string {
  return JSON.stringify({
    hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: texts.join('\n\n') },
  });
}
