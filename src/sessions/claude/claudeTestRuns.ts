import { verdictsOfCommand } from '../../domain/outcome';
import type { JudgedRun } from '../../domain/outcome';
import { shownCommand } from '../reading/commandOutcome';
import { failedByExitCode } from '../reading/exitCode';
import type { ClaudeCall } from './claudeRecord';

type Verdict = JudgedRun['verdict'];

/** How a command ended: `notRun` where a person or a rule refused it. */
export type CommandEnd = 'done' | 'failed' | 'notRun' | 'unknown';

/**
 * A call that tests or builds. The command is judged for both of its ends when it is read, so that it need not be kept: it may
 * hold secrets.
 */
export interface ClaudeTestRun {
  /** As it is shown. */
  command: string;
  ifDone: Verdict;
  ifFailed: Verdict;
  /** Absent until the result is read. */
  end?: CommandEnd;
  /** Place of the call among the user and assistant records of its file. */
  order: number;
}

/** Longer commands are not judged. */
const MAX_COMMAND = 4000;

/** How results of commands begin that were refused, by a person, a permission rule or the tool itself. */
const NOT_RUN = [
  "The user doesn't want to",
  'Claude requested permissions',
  'Permission to use',
  'This command requires approval',
  '<tool_use_error>',
];
/** Commands that go on while the agent does something else. */
const IN_BACKGROUND = [
  'Command running in background',
  'Command was manually backgrounded',
  'Command was backgrounded',
];

/** The test or build command of a call; undefined for all other calls. */
export function testRunOf({ name: tool, command }: ClaudeCall, order: number): ClaudeTestRun | undefined {
  if (command === undefined || command.length > MAX_COMMAND) {
    return undefined;
  }
  const verdicts = verdictsOfCommand(tool, command);
  return verdicts && { command: shownCommand(command), ...verdicts, order };
}

/**
 * How the command of a result ended. A failed result counts only where it names the exit code: else a hook or a rule may have
 * kept the command from running.
 *
 * @param opening how the text of the result begins.
 */
export function commandEnd(isError: boolean, opening: string | undefined): CommandEnd {
  const begins = (texts: readonly string[]): boolean => texts.some((text) => opening?.startsWith(text) === true);
  if (!isError) {
    return begins(IN_BACKGROUND) ? 'unknown' : 'done';
  }
  if (begins(NOT_RUN)) {
    return 'notRun';
  }
  const code = /^Exit code (\d{1,3})\b/.exec(opening ?? '')?.[1];
  return code !== undefined && failedByExitCode(Number(code)) === true ? 'failed' : 'unknown';
}

/** What a run says; undefined where nothing ran. `time` in ms since the epoch. */
export function judgedRun({ command, ifDone, ifFailed, end }: ClaudeTestRun, time: number): JudgedRun | undefined {
  if (end === 'notRun') {
    return undefined;
  }
  const verdict = end === 'done' ? ifDone : end === 'failed' ? ifFailed : 'unknown';
  return { verdict, command, time };
}
