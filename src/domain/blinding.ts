import type { Experiment, VerdictKind } from '../api';
import type { ReportFacts, VariantFacts } from './reportFacts';

/** When somebody opened a blinded experiment before its time, and who. */
export interface Unblinding {
  at: number;
  who: string;
}

const DECIDED: readonly VerdictKind[] = ['TargetMet', 'Better', 'NotWorthIt', 'Harmful'];

/** Whether variants and interim effects are hidden: by choice, until there is a verdict, the end, or somebody who looks. */
export function isBlinded(
  { randomised, state }: Pick<Experiment, 'randomised' | 'state'>,
  verdict: VerdictKind,
  unblinding: Unblinding | undefined,
): boolean {
  const open = state === 'Draft' || state === 'Running';
  return randomised?.blinded === true && open && unblinding === undefined && !DECIDED.includes(verdict);
}

/** What may be seen of a report: all of it, or, of a blinded one, no variant of a session and nothing that compares them. */
export function asSeen(facts: ReportFacts, unblinding: Unblinding | undefined): ReportFacts {
  if (!isBlinded(facts.experiment, facts.verdict.kind, unblinding)) {
    if (unblinding === undefined) return facts;
    const reasons = [...facts.verdict.reasons, { code: 'unblinded' as const, at: unblinding.at, who: unblinding.who }];
    return { ...facts, verdict: { ...facts.verdict, reasons } };
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

/** Counts of a variant that go up tell which variant the last session has. */
const unseen: VariantFacts = { n: 0, missing: 0, units: 0, withoutLogarithm: 0 };
const noTags = { tagged: 0, late: 0, changed: 0, unknown: 0 };
