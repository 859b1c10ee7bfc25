import type { VerdictKind } from '../api';
import { differenceOf, ranApart, tooManyChanged } from './mistrust';
import type { Reason, ReportFacts } from './reportFacts';
import { COMPARED } from './sample';
import { neededPerVariant, toScale, type Pair } from './scale';

/** What a verdict is drawn from. */
export type Evidence = Omit<ReportFacts, 'verdict' | 'decide' | 'ahead' | 'draws' | 'asAssigned' | Optional> & {
  [K in Optional]: ReportFacts[K] | undefined;
};
type Optional = 'effect' | 'targetAt' | 'level' | 'medianDifference' | 'ranks' | 'meanDifference' | 'allocation';

/**
 * The verdict, in this order: with a reason to mistrust the data, nothing else is said of it; a breached guardrail is harm,
 * whatever the primary metric says; then what the primary metric says.
 */
export function verdictOf(facts: Evidence, pair: Pair): ReportFacts['verdict'] {
  const mistrust = mistrustOf(facts);
  const breached = guardrailReasons(facts, 'breached');
  const primary = primaryOf(facts, pair);
  const cautions = cautionsOf(facts, primary.kind);
  const tooFew = primary.kind === 'TooFewSessions';
  if (mistrust.length > 0 && (!tooFew || breached.length > 0)) {
    return { kind: 'Untrusted', reasons: [...mistrust, ...primary.reasons, ...breached, ...cautions] };
  }
  const undecided = guardrailReasons(facts, 'undecided');
  if (breached.length > 0) {
    return { kind: 'Harmful', reasons: [...breached, ...primary.reasons, ...undecided, ...mistrust, ...cautions] };
  }
  return { kind: primary.kind, reasons: [...primary.reasons, ...undecided, ...mistrust, ...cautions] };
}

function primaryOf({ looks, unit, transform, variants, effect }: Evidence, pair: Pair): ReportFacts['verdict'] {
  const verdict = looks.at(-1)?.verdict;
  if (effect !== undefined && verdict !== undefined) {
    return { kind: verdict, reasons: [{ code: 'comparison', verdict }] };
  }
  const needed = neededPerVariant(transform, unit);
  const { Control, Treatment } = variants;
  if (Math.min(Control.units, Treatment.units) < needed) {
    const counts = { control: Control.units, treatment: Treatment.units };
    return { kind: 'TooFewSessions', reasons: [{ code: 'tooFew', unit, ...counts, needed }] };
  }
  const alike = COMPARED.filter((variant) => {
    const { variance } = variant === 'Control' ? pair.control : pair.treatment;
    return !(variance > 0);
  });
  return { kind: 'TooFewSessions', reasons: alike.map((variant): Reason => ({ code: 'noVariation', variant })) };
}

function guardrailReasons({ guardrails }: Evidence, status: 'breached' | 'undecided'): Reason[] {
  return guardrails
    .filter((guardrail) => guardrail.status === status)
    .map(({ metric }) => ({ code: 'guardrail', metric, status }));
}

/** What makes the data unfit for any verdict. */
function mistrustOf({ allocation, composition, lateTags, sample }: Evidence): Reason[] {
  const reasons: Reason[] = [];
  if (allocation?.warning === true) {
    const { control, treatment, promised } = allocation;
    reasons.push({ code: 'allocation', control, treatment, promised });
  }
  for (const { property, distance, differs } of composition) {
    if (differs && property !== 'version') reasons.push({ code: 'mixDiffers', property, distance });
  }
  const changed = lateTags.Control.changed + lateTags.Treatment.changed;
  if (tooManyChanged(changed, sample.entries.length)) {
    reasons.push({ code: 'changedTags', changed, of: sample.entries.length });
  }
  return reasons;
}

/** What a reader should know beside the verdict. */
function cautionsOf(facts: Evidence, kind: VerdictKind): Reason[] {
  const { experiment, design, sample, variants, effect, ranks, lateTags, plan, transform } = facts;
  const { Control, Treatment } = variants;
  const reasons: Reason[] = [];
  if (design === 'observational') reasons.push({ code: 'observational', binding: experiment.binding.kind });
  else if (design === 'tagged' && effect !== undefined && ranApart(sample.entries))
    reasons.push({ code: 'separateTimes' });
  const beside = sample.entries.filter(({ because }) => because === 'apartFromTreatment').length;
  if (beside > 0) reasons.push({ code: 'besideTreatment', count: beside });
  if (plan.target.kind === 'ratio' ? plan.target.ratio <= 0 : toScale(transform, plan.target.value) === undefined) {
    reasons.push({ code: 'unreachableTarget' });
  }
  if (effect !== undefined && kind === 'KeepRunning' && effect.pAlways <= effect.alpha) {
    reasons.push({ code: 'decidedBefore', pAlways: effect.pAlways });
  }
  // Agents bring new versions out by themselves, some every day: nothing that ran one after the other would be left.
  for (const { property, distance, differs } of facts.composition) {
    if (differs && property === 'version') reasons.push({ code: 'mixDiffers', property, distance });
  }
  if (ranks?.disagrees === true) reasons.push({ code: 'ranksDisagree' });
  if (differenceOf([Control.n, Control.missing], [Treatment.n, Treatment.missing]).differs) {
    reasons.push({ code: 'unevenMissing', control: Control.missing, treatment: Treatment.missing });
  }
  const late = { control: lateTags.Control.late, treatment: lateTags.Treatment.late };
  if (late.control + late.treatment > 0) reasons.push({ code: 'lateTags', ...late });
  const count = Control.withoutLogarithm + Treatment.withoutLogarithm;
  if (count > 0) reasons.push({ code: 'withoutLogarithm', count });
  return reasons;
}
