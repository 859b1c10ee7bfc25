import type { Report, VariantSummary } from '../../api';
import { isHidden } from '../../domain/blinding';
import type { ReportFacts, VariantFacts } from '../../domain/reportFacts';
import { exclusionText } from '../texts';
import { reasonTexts, verdictSentence } from './verdictTexts';

/** The public report: the facts with their sentences. */
export function reportOf(facts: ReportFacts): Report {
  const hidden = isHidden(facts);
  const { experiment, plan, variants, effect, allocation, decide, sample } = facts;
  const { medianDifference, meanDifference, ranks } = facts;
  return {
    experimentId: experiment.id,
    state: experiment.state,
    metric: plan.metric,
    computedAt: facts.computedAt,
    frozen: facts.frozen,
    verdict: { kind: facts.verdict.kind, sentence: verdictSentence(facts), reasons: reasonTexts(facts) },
    variants: hidden
      ? { control: {}, treatment: {} }
      : { control: summaryOf(variants.Control), treatment: summaryOf(variants.Treatment) },
    ...(effect === undefined ? {} : { effect }),
    ...(medianDifference === undefined ? {} : { medianDifference }),
    ...(meanDifference === undefined ? {} : { meanDifference }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(allocation === undefined ? {} : { allocation: { logE: allocation.logE, warning: allocation.warning } }),
    guardrails: facts.guardrails.map(({ metric, status, effect: guarded }) => ({
      metric,
      status,
      ...(guarded === undefined ? {} : { effect: guarded }),
    })),
    excluded: sample.excluded.map(({ sessionId, reason }) => ({
      sessionId,
      reason: exclusionText(reason, facts.design),
    })),
    sample: sample.entries.map(({ sessionId, variant, source, startedAt, values }) => {
      const value = values[plan.metric];
      return { sessionId, variant, source, startedAt, ...(value === undefined ? {} : { value }) };
    }),
    ...(hidden ? { blinded: true as const } : {}),
    design: facts.design,
    unit: facts.unit,
    ...(hidden
      ? {}
      : {
          looks: facts.looks.map(({ at, control, treatment, estimate, lower, upper, logE }) => {
            return { at, control, treatment, estimate, lower, upper, logE };
          }),
        }),
    // Until there is a comparison, the forecast is of the first one, and decides nothing.
    ...(decide?.verdict === undefined || decide.sessions === undefined || decide.days === undefined
      ? {}
      : { decide: { sessions: decide.sessions, days: decide.days } }),
  };
}

function summaryOf({ n, missing, median, mean }: VariantFacts): VariantSummary {
  return {
    n,
    missing,
    ...(median === undefined ? {} : { median }),
    ...(mean === undefined ? {} : { mean }),
  };
}
