import { VARIANTS, type Experiment, type TagOutcome, type Variant } from '../api';

/** Who changes a tag, from where. `via` tells a person's click from a program's call. */
export interface Author {
  who: string;
  via: 'person' | 'program';
  /** Names the editor window, so that two windows can be told apart in the history. */
  window: string;
}

export type TagRequest =
  | { action: 'tag'; experimentId: string; sessionId: string; variant: Variant }
  | { action: 'retag'; experimentId: string; sessionId: string; variant: Variant; reason: string }
  | { action: 'untag'; experimentId: string; sessionId: string; reason: string };

/** One line of the append-only history: `from` is absent for a first tag, `to` for an untag. */
export interface HistoryEntry {
  sequence: number;
  experimentId: string;
  sessionId: string;
  at: number;
  author: Author;
  action: TagRequest['action'];
  from?: Variant;
  to?: Variant;
  reason?: string;
}

export type TagRefusal =
  | 'unknownExperiment'
  | 'damagedExperiment'
  | 'damagedTag'
  | 'concluded'
  | 'archived'
  | 'noSession'
  | 'unknownVariant'
  | 'notTagged'
  | 'noReason';

export interface TagDecision {
  outcome: TagOutcome;
  /** The variant that the session has before; absent for none. */
  existing?: Variant;
  /** The variant that the session has afterwards; absent for none. */
  after?: Variant;
  refusal?: TagRefusal;
}

/**
 * What is stored for a session in an experiment: nothing, the variant that was drawn for it, a tag, or a value that is no
 * variant. Over a drawn variant goes only a retag with its reason, which then is a tag.
 */
export type StoredTag =
  | { kind: 'none' }
  | { kind: 'assigned'; variant: Variant }
  | { kind: 'variant'; variant: Variant }
  | { kind: 'damaged'; value: string };

export function isVariant(value: unknown): value is Variant {
  return VARIANTS.some((variant) => variant === value);
}

/**
 * The one place that decides what a tag, retag or untag does. Total: every request gets an outcome, and only `tagged`,
 * `retagged` and `untagged` change anything.
 */
export function decideTag(experiment: Experiment | undefined, stored: StoredTag, request: TagRequest): TagDecision {
  const existing =
    stored.kind === 'variant' || stored.kind === 'assigned' ? { existing: stored.variant, after: stored.variant } : {};
  const refuse = (refusal: TagRefusal): TagDecision => ({ outcome: 'refused', ...existing, refusal });

  if (experiment === undefined) return refuse('unknownExperiment');
  if (experiment.damaged !== undefined) return refuse('damagedExperiment');
  if (experiment.state === 'Concluded') return refuse('concluded');
  if (experiment.state === 'Archived') return refuse('archived');
  if (typeof request.sessionId !== 'string' || request.sessionId.trim() === '') return refuse('noSession');
  if (stored.kind === 'damaged') return refuse('damagedTag');
  if (request.action !== 'untag' && !isVariant(request.variant)) return refuse('unknownVariant');
  if (request.action !== 'tag' && (typeof request.reason !== 'string' || request.reason.trim() === '')) {
    return refuse('noReason');
  }

  switch (request.action) {
    case 'tag':
      if (stored.kind === 'none') return { outcome: 'tagged', after: request.variant };
      return { outcome: stored.variant === request.variant ? 'unchanged' : 'conflict', ...existing };
    case 'retag':
      if (stored.kind === 'none') return refuse('notTagged');
      if (stored.variant === request.variant) return { outcome: 'unchanged', ...existing };
      return { outcome: 'retagged', existing: stored.variant, after: request.variant };
    case 'untag':
      // What was drawn is for ever.
      if (stored.kind !== 'variant') return refuse('notTagged');
      return { outcome: 'untagged', existing: stored.variant };
  }
}
