import { l10n } from 'vscode';
import type { Report } from '../../api';
import { MIN_PER_VARIANT, type Description } from '../../domain/report';
import { exclusionText } from '../texts';

/** The public report: the facts with their sentences. */
export function reportOf(facts: Description): Report {
  const { experiment, control, treatment, rows, sample } = facts;
  return {
    experimentId: experiment.id,
    state: experiment.state,
    metric: experiment.metric,
    computedAt: facts.computedAt,
    frozen: false,
    verdict: { kind: facts.verdict, ...sentences(facts) },
    variants: { control, treatment },
    guardrails: (experiment.guardrails ?? []).map(({ metric }) => ({ metric, status: 'undecided' })),
    excluded: sample.excluded.map(({ sessionId, reason }) => ({ sessionId, reason: exclusionText(reason) })),
    sample: rows,
  };
}

function sentences({ verdict, control, treatment }: Description): { sentence: string; reasons: string[] } {
  const reasons = [
    l10n.t('This version describes the sessions. It draws no verdict yet, so do not read one into the numbers.'),
  ];
  if (verdict === 'TooFewSessions') {
    reasons.unshift(
      l10n.t('Control has {control} and Treatment {treatment} sessions with a value; each needs at least {needed}.', {
        control: control.n,
        treatment: treatment.n,
        needed: MIN_PER_VARIANT,
      }),
    );
    return { sentence: l10n.t('Too few sessions to say anything.'), reasons };
  }
  return { sentence: l10n.t('No verdict is drawn yet: keep the experiment running.'), reasons };
}
