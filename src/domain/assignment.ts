import type { Experiment, Randomised } from '../api';

/** The variants that can be drawn. */
export type DrawnVariant = 'Control' | 'Treatment';

/**
 * How a variant reached its session: `hook` when the agent asked at its start, `person` when someone drew it with a command
 * before the first prompt (and gave the agent the text themselves), `late` when they did so after it.
 */
export const ASSIGNMENT_SOURCES = ['hook', 'person', 'late'] as const;
export type AssignmentSource = (typeof ASSIGNMENT_SOURCES)[number];

/** The variant that was drawn for one session of one experiment. There is one for ever. */
export interface Assignment {
  experimentId: string;
  sessionId: string;
  agent: string;
  variant: DrawnVariant;
  /** The number of the draw among those of the experiment and the agent, from 0. */
  position: number;
  at: number;
  source: AssignmentSource;
  /** When the agent took the text (or, with none to give, the answer); absent where that is not known. */
  deliveredAt?: number;
  /** Where the agent said that it writes the session. */
  transcript?: string;
}

/** What was drawn, by session id, without the rows that cannot be read. */
export function readableDraws(drawn: ReadonlyMap<string, Assignment | undefined> = new Map()): Map<string, Assignment> {
  return new Map([...drawn].filter((pair): pair is [string, Assignment] => pair[1] !== undefined));
}

/** Agents whose sessions can be drawn at their start, or by command. */
export const ASSIGNABLE_AGENTS = [
  'claude-code',
  'codex',
  'gemini',
  'copilot-chat',
  'copilot-cli',
  'opencode',
  'cline',
  'roo-code',
  'kilo-code',
  'cursor',
] as const;

/** Claude Code passes up to 10,000 characters of a hook's text on; a few stay for what other experiments add. */
export const MAX_ASSIGNED_TEXT = 8_000;

export const DEFAULT_ALLOCATION = 0.5;

const LARGEST_DENOMINATOR = 10;

/** A share as a fraction of small numbers, in which blocks can be balanced; undefined for none or all, and for other shares. */
export function allocationFraction(share: number): { treatment: number; of: number } | undefined {
  for (let of = 2; of <= LARGEST_DENOMINATOR; of += 1) {
    const treatment = Math.round(share * of);
    // Thirds and the like are given as decimals.
    if (treatment > 0 && treatment < of && Math.abs(treatment / of - share) < 0.0005) return { treatment, of };
  }
  return undefined;
}

/** Where and with what a session starts. `folder` is an absolute path in the form of this platform. */
export interface SessionStart {
  agent: string;
  sessionId: string;
  folder: string;
}

/** Whether a running experiment draws for sessions that start so. `isInside` tells whether a folder lies in a workspace. */
export function drawsFor(
  experiment: Experiment,
  start: Pick<SessionStart, 'agent' | 'folder'>,
  isInside: (folder: string, workspaceUri: string) => boolean,
): experiment is Experiment & { randomised: Randomised } {
  const { randomised, workspace, state, damaged } = experiment;
  return (
    randomised !== undefined &&
    state === 'Running' &&
    damaged === undefined &&
    (randomised.agents === undefined || randomised.agents.includes(start.agent)) &&
    (workspace === undefined || isInside(start.folder, workspace))
  );
}

/** What the agent is told in this variant; undefined for nothing. */
export function textFor({ treatmentText, controlText }: Randomised, variant: DrawnVariant): string | undefined {
  return variant === 'Treatment' ? treatmentText : controlText;
}
