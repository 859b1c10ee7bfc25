import type { CommandOutcome } from '../../domain/outcome';
import { titleFrom } from './title';

/** Longest command that is shown, in characters. */
const MAX_SHOWN = 160;

/** What of a session comes from its last test or build command; spread it into the session. */
export interface OutcomeFields {
  outcome?: 'success' | 'failure';
  outcomeSource?: 'command';
  outcomeCommand?: string;
}

/** The command in the form in which it is kept and shown: on one line, without what looks like a secret. */
export function shownCommand(command: string): string {
  return titleFrom(command, MAX_SHOWN) ?? '';
}

export function outcomeFields(outcome: CommandOutcome | undefined): OutcomeFields {
  return outcome === undefined
    ? {}
    : { outcome: outcome.outcome, outcomeSource: 'command', outcomeCommand: shownCommand(outcome.command) };
}
