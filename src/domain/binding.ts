import type { Binding } from '../api';

/**
 * How a start commit stands to another commit: it `contains` it (or is it), lies `before` it in its history, or went `apart`,
 * so that neither contains the other. Everything else says why that is not known.
 */
export type Ancestry = 'contains' | 'before' | 'apart' | AncestryUnknown;

export type AncestryUnknown =
  /** The start commit is not in the repository (any more). */
  | 'startCommitGone'
  /** The experiment's commit is not in the repository (any more). */
  | 'experimentCommitGone'
  /** The clone's history is cut off, and the answer may lie behind the cut. */
  | 'shallowHistory'
  /** Git finds no common history. */
  | 'unrelatedHistory'
  /** No git repository is open for the session's folder, or the workspace is not trusted. */
  | 'noRepository'
  /** Git has not answered yet. */
  | 'notYetKnown';

/** What is known of where a session began. */
export interface StartFacts {
  /** Of the start commit against another one. */
  ancestry: (commit: string) => Ancestry;
  commit?: string | undefined;
  branch?: string | undefined;
  /** Digest of the instruction files in force at the start. */
  fingerprint?: string | undefined;
}

/** Why a session counts as what it is. */
export type BindingReason =
  /** Its start commit contains the treatment commit. */
  | 'containsTreatment'
  /** Its start commit contains the control commit, and lies before the treatment commit. */
  | 'beforeTreatment'
  /**
   * Its start commit contains the control commit and not the treatment commit, and is not before it either: the change may have
   * come there all the same, squashed or rebased.
   */
  | 'apartFromTreatment'
  | 'onBranch'
  | 'hasFingerprint';

/** What git cannot tell now, and may tell later. */
export const NOT_KNOWN_NOW: readonly string[] = ['noRepository', 'notYetKnown'] satisfies readonly AncestryUnknown[];

export type BindingExclusion =
  | AncestryUnknown
  | 'noStartCommit'
  /** Its start commit contains neither the control nor the treatment commit. */
  | 'withoutControl'
  | 'noBranch'
  | 'otherBranch'
  | 'noFingerprint'
  | 'otherFingerprint'
  | 'notTagged';

export type Classification =
  { variant: 'Control' | 'Treatment'; reason: BindingReason } | { variant: 'Excluded'; reason: BindingExclusion };

const excluded = (reason: BindingExclusion): Classification => ({ variant: 'Excluded', reason });

/** The variant that a binding gives to an untagged session. Total; what is not known is excluded with its reason. */
export function classify(binding: Binding, start: StartFacts): Classification {
  switch (binding.kind) {
    case 'GitCommit':
      return byCommit(binding.controlCommit, binding.treatmentCommit, start);
    case 'Branch':
      return byBranch(shortName(binding.controlBranch), shortName(binding.treatmentBranch), start.branch);
    case 'PromptFingerprint':
      return byFingerprint(binding.controlFingerprint, binding.treatmentFingerprint, start.fingerprint);
    case 'ManualTag':
      return excluded('notTagged');
  }
}

function byCommit(control: string, treatment: string, { commit, ancestry }: StartFacts): Classification {
  if (commit === undefined) return excluded('noStartCommit');
  const toTreatment = ancestry(treatment);
  if (toTreatment === 'contains') return { variant: 'Treatment', reason: 'containsTreatment' };
  if (toTreatment !== 'before' && toTreatment !== 'apart') return excluded(toTreatment);
  const toControl = ancestry(control);
  if (toControl === 'contains') {
    return { variant: 'Control', reason: toTreatment === 'before' ? 'beforeTreatment' : 'apartFromTreatment' };
  }
  return excluded(toControl === 'before' || toControl === 'apart' ? 'withoutControl' : toControl);
}

const shortName = (branch: string): string => branch.replace(/^refs\/heads\//, '');

function byBranch(control: string, treatment: string, branch: string | undefined): Classification {
  // Agents write `HEAD` for a detached one, which is no branch.
  if (branch === undefined || branch === 'HEAD') return excluded('noBranch');
  const name = shortName(branch);
  if (name === treatment) return { variant: 'Treatment', reason: 'onBranch' };
  return name === control ? { variant: 'Control', reason: 'onBranch' } : excluded('otherBranch');
}

function byFingerprint(control: string, treatment: string, fingerprint: string | undefined): Classification {
  if (fingerprint === undefined) return excluded('noFingerprint');
  if (fingerprint === treatment) return { variant: 'Treatment', reason: 'hasFingerprint' };
  return fingerprint === control ? { variant: 'Control', reason: 'hasFingerprint' } : excluded('otherFingerprint');
}

/** `mergeBase` is the best common ancestor of `start` and `other`, all of them full ids. `shallow`: the clone's history is cut. */
export function ancestryFrom(start: string, other: string, mergeBase: string, shallow: boolean): Ancestry {
  if (mergeBase === other) return 'contains';
  // One that lies before the other cannot contain it, whatever was cut.
  if (mergeBase === start) return 'before';
  return shallow ? 'shallowHistory' : 'apart';
}

/** Stands for the instruction files as they are when the experiment starts. It is no digest, so until then no session has it. */
export const AT_START = 'at-start';

/** Whether the start has yet to say what Treatment is. */
export function isOpenAtStart(binding: Binding): boolean {
  return binding.kind === 'PromptFingerprint' && binding.treatmentFingerprint === AT_START;
}

/** When a session must have started for a binding or an assignment to reach it (ms since the epoch). */
export interface Window {
  /** Absent: the experiment has not started. */
  from?: number | undefined;
  /** Absent: it has not ended. */
  to?: number | undefined;
}
