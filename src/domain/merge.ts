import type { Experiment } from '../api';
import { AT_START, isOpenAtStart } from './binding';

/** Why what a file holds was not taken over. */
export const MERGE_REASONS = [
  /** An experiment with this id is here, and it is another one. */
  'otherDesign',
  /** The row here cannot be read in full, so nothing is added to it. */
  'damagedHere',
  /** The row of the file cannot be read in full. */
  'damagedThere',
  /** Here the experiment has come further than in the file. */
  'furtherHere',
  /** In the file the experiment was concluded, without variants that it has here. */
  'furtherThere',
  /** The same experiment, with other times or other keys of another program. */
  'otherDetails',
  /** The session has another variant here. */
  'conflict',
  /** The stored tag here is damaged. */
  'damagedTagHere',
  /** The variant of the session was drawn here and may be hidden: whether it is the same must not be told either. */
  'drawnHere',
  /** The session, or the number in the sequence of draws, was drawn otherwise here. */
  'otherDraw',
  /** Here the experiment is concluded or archived: its sample is frozen. */
  'frozenHere',
  /** The file holds two rows where one can be. */
  'twice',
  /** The value is of a type that the column cannot hold unchanged, or is missing where there must be one. */
  'cannotBeKept',
  /** The person judged the session otherwise here. */
  'otherOutcome',
  /** It tells of a tag that is another one here. */
  'tagDiffers',
  /** A table or column that no version of ours has. */
  'notOurs',
] as const;
export type MergeReason = (typeof MERGE_REASONS)[number];

export type ExperimentMerge =
  | { kind: 'insert' | 'same' | 'advance' }
  /** The row here stays; tags are added by the rules of tagging. */
  | { kind: 'keep'; reason: MergeReason }
  /** Nothing of this experiment is taken. */
  | { kind: 'skip'; reason: MergeReason };

const order = ['Draft', 'Running', 'Concluded', 'Archived'] as const;

/** One text for equal values, whatever the order of keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** What may differ between two states of one experiment. */
const movable = ['name', 'changeDescription', 'state', 'startedAt', 'concludedAt', 'damaged'];
/** What the start writes down, so that a draft need not have it. */
const fromTheStart = ['alpha', 'plannedPerVariant', 'pinnedTips'];

function designOf(experiment: Experiment, left: readonly string[]): string {
  return canonical(Object.fromEntries(Object.entries(experiment).filter(([key]) => !left.includes(key))));
}

function sameDesign(here: Experiment, there: Experiment): boolean {
  const drafts = here.state === 'Draft' || there.state === 'Draft';
  const left = drafts ? [...movable, ...fromTheStart] : movable;
  return designOf(likeDraft(here, there), left) === designOf(likeDraft(there, here), left);
}

/** An experiment as a draft of it would be, where the other one leaves to the start what Treatment is. */
function likeDraft(experiment: Experiment, other: Experiment): Experiment {
  const { binding } = experiment;
  if (binding.kind !== 'PromptFingerprint' || !isOpenAtStart(other.binding)) return experiment;
  return { ...experiment, binding: { ...binding, treatmentFingerprint: AT_START } };
}

export interface MergeCandidates {
  here: Experiment | undefined;
  there: Experiment;
  /** The two rows say the same, down to the keys that we do not know. */
  identical: boolean;
  /** Every session that has a variant here, tagged or drawn, has the same one there. */
  contained: boolean;
}

/**
 * What becomes of an experiment of a file. States only go forward: the further one is taken over where that takes nothing away,
 * so a sample that was frozen without variants that are here is not.
 */
export function mergeExperiment({ here, there, identical, contained }: MergeCandidates): ExperimentMerge {
  if (here === undefined) return { kind: 'insert' };
  if (identical) return { kind: 'same' };
  if (here.damaged !== undefined) return { kind: 'skip', reason: 'damagedHere' };
  if (there.damaged !== undefined) return { kind: 'skip', reason: 'damagedThere' };
  if (!sameDesign(here, there)) return { kind: 'skip', reason: 'otherDesign' };
  const ahead = order.indexOf(there.state) - order.indexOf(here.state);
  if (ahead < 0) return { kind: 'keep', reason: 'furtherHere' };
  if (ahead === 0) return { kind: 'keep', reason: 'otherDetails' };
  const consistent = sameIfKnown(here.startedAt, there.startedAt) && sameIfKnown(here.concludedAt, there.concludedAt);
  if (!consistent) return { kind: 'keep', reason: 'otherDetails' };
  return there.state === 'Running' || contained ? { kind: 'advance' } : { kind: 'keep', reason: 'furtherThere' };
}

function sameIfKnown(here: number | undefined, there: number | undefined): boolean {
  return here === undefined || here === there;
}

export interface DrawCandidates {
  /** What was drawn for the session here and in the file. `facts` is all of it but the delivery, as one text. */
  here: { facts: string; delivered: boolean } | undefined;
  there: { facts: string; delivered: boolean };
  /** Another session has the draw's number in the sequence here. */
  placeTaken: boolean;
  /** The session is tagged here, with another variant than the file gives it. */
  taggedOtherwise: boolean;
}

export type DrawMerge =
  | { kind: 'insert' | 'same' }
  /** The same draw, of which only the file knows when its text reached the session. */
  | { kind: 'deliver' }
  | { kind: 'skip'; reason: MergeReason };

/** What becomes of a draw of a file. A draw is for ever, but for the one thing that comes later: that its text was delivered. */
export function mergeDraw({ here, there, placeTaken, taggedOtherwise }: DrawCandidates): DrawMerge {
  if (here !== undefined) {
    if (here.facts !== there.facts) return { kind: 'skip', reason: 'otherDraw' };
    return { kind: there.delivered && !here.delivered ? 'deliver' : 'same' };
  }
  if (placeTaken) return { kind: 'skip', reason: 'otherDraw' };
  return taggedOtherwise ? { kind: 'skip', reason: 'conflict' } : { kind: 'insert' };
}
