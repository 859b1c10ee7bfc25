import type { Experiment, VerdictKind } from '../api';
import type { Reason, ReportFacts, VariantFacts } from './reportFacts';
import type { HistoryEntry } from './tags';

/** When a blinded experiment was opened before its end: by somebody, who is named, or by a verdict while it ran. */
export type Unblinding = { at: number; who: string } | { at: number; verdict: VerdictKind };

/** These open the blind. It stays open even if a later session takes the verdict away: what was seen was seen. */
export const OPENING_VERDICTS: readonly VerdictKind[] = ['TargetMet', 'Better', 'NotWorthIt', 'Harmful'];

/** Whether variants and interim effects are hidden: by choice, until there is a verdict, the end, or somebody who looks. */
export function isBlinded(
  { randomised, state }: Pick<Experiment, 'randomised' | 'state'>,
  verdict: VerdictKind,
  unblinding: Unblinding | undefined,
): boolean {
  const open = state === 'Draft' || state === 'Running';
  return randomised?.blinded === true && open && unblinding === undefined && !OPENING_VERDICTS.includes(verdict);
}

/** The verdict that opens a blind which nothing has opened before, and which is to be recorded; undefined for none. */
export function openedBy(
  { randomised, state }: Pick<Experiment, 'randomised' | 'state'>,
  verdict: VerdictKind,
  unblinding: Unblinding | undefined,
): VerdictKind | undefined {
  const blind = randomised?.blinded === true && state === 'Running' && unblinding === undefined;
  return blind && OPENING_VERDICTS.includes(verdict) ? verdict : undefined;
}

/** The history of tags while variants are hidden: a step away from what was drawn does not tell from where. Oldest first. */
export function historyAsSeen(
  history: readonly HistoryEntry[],
  isDrawn: (sessionId: string) => boolean,
): HistoryEntry[] {
  const tagged = new Set<string>();
  return history.map((entry) => {
    const { from, ...rest } = entry;
    const wasDrawn = isDrawn(entry.sessionId) && !tagged.has(entry.sessionId);
    if (entry.to === undefined) tagged.delete(entry.sessionId);
    else tagged.add(entry.sessionId);
    return from === undefined || wasDrawn ? rest : entry;
  });
}

/** What may be seen of a report: all of it, or, of a blinded one, no variant of a session and nothing that compares them. */
export function asSeen(facts: ReportFacts, unblinding: Unblinding | undefined): ReportFacts {
  if (!isBlinded(facts.experiment, facts.verdict.kind, unblinding)) {
    if (unblinding === undefined) return facts;
    const reason: Reason =
      'verdict' in unblinding ? { code: 'openedByVerdict', ...unblinding } : { code: 'unblinded', ...unblinding };
    return { ...facts, verdict: { ...facts.verdict, reasons: [...facts.verdict.reasons, reason] } };
  }
  const { experiment, plan, computedAt, frozen, design, unit, transform, variants, sample, verdict } = facts;
  const { Control, Treatment } = variants;
  const sessions = Control.n + Control.missing + Treatment.n + Treatment.missing;
  return {
    experiment,
    plan,
    computedAt,
    frozen,
    design,
    unit,
    transform,
    verdict: {
      kind: verdict.kind,
      reasons: [...verdict.reasons.filter(({ code }) => code === 'elsewhere'), { code: 'blinded', sessions }],
    },
    variants: { Control: unseen, Treatment: unseen },
    guardrails: [],
    looks: [],
    decisionPoints: [],
    composition: [],
    lateTags: { Control: noTags, Treatment: noTags },
    sample: { entries: [], excluded: sample.excluded, gone: { Control: 0, Treatment: 0 } },
  };
}

/** Whether something is hidden in what `asSeen` gave. Its counts are no counts then. */
export const isHidden = ({ verdict }: ReportFacts): boolean => verdict.reasons.some(({ code }) => code === 'blinded');

/** Counts of a variant that go up tell which variant the last session has. */
const unseen: VariantFacts = { n: 0, missing: 0, units: 0, withoutLogarithm: 0 };
const noTags = { tagged: 0, late: 0, changed: 0, unknown: 0 };
