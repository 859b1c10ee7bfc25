import type { Experiment } from '../api';
import { allocationEvidence } from '../statistics/allocation';
import { asAssigned, drawsOf, type DrawFacts } from './assigned';
import { bound, decisionPoints, looksOf, pairOf, seriesOf, type Series } from './comparison';
import { effectOf, levelOf, meanDifferenceOf, medianDifferenceOf, ranksOf, variantsOf } from './description';
import { forecastOf, planForecast } from './forecast';
import { guardrailOf } from './guardrails';
import { compositionOf, lateTagsOf, LOG_ALARM } from './mistrust';
import { planOf, type Plan } from './plan';
import type { Design, Reason, ReportFacts } from './reportFacts';
import type { Sample, SampleEntry } from './sample';
import { ratioAt, type Pair } from './scale';
import { verdictOf } from './verdict';

export interface ReportInput {
  experiment: Experiment;
  sample: Sample;
  /** ms since the epoch: now, or when the sample was frozen. */
  now: number;
  /** The sample is the one that was frozen at the end. */
  frozen?: boolean;
  /**
   * A concluded experiment without a sample that can be believed. `notKept`: another program concluded it, and the sample is
   * today's. `damaged`: what was kept has changed since, and the sample is empty.
   */
  lacking?: 'notKept' | 'damaged';
  /** It is asked for where the folder of the experiment is not open, so that not all of its sessions are found. */
  elsewhere?: boolean;
  /** Earlier looks, as they were logged: their evidence counts even when the sample has changed since. */
  logged?: readonly { logE?: number }[];
  /** For a draft: earlier sessions of the workspace, of any variant, to say what it would take. */
  earlier?: readonly SampleEntry[];
}

/** All that can be said of an experiment, from its sample alone: the same input gives the same report to the last digit. */
export function computeReport(input: ReportInput): ReportFacts {
  const { experiment, sample, now, frozen = false, logged = [], earlier = [] } = input;
  const { entries } = sample;
  const plan = planOf(experiment);
  const design = designOf(experiment);
  const unit = unitOf(design);
  const series = seriesOf(plan.metric, unit, entries);
  const pair = pairOf(series);
  const looks = looksOf(series, plan);
  const pAlways = logged.reduce((least, { logE = 0 }) => Math.min(least, Math.exp(-logE)), looks.at(-1)?.pAlways ?? 1);
  const parts = {
    experiment,
    plan,
    computedAt: now,
    frozen,
    design,
    unit,
    transform: series.transform,
    variants: variantsOf(series, pair, sample),
    effect: effectOf(series, pair, plan, pAlways),
    targetAt: targetAt(series, pair, plan),
    level: levelOf(series, pair, plan),
    medianDifference: medianDifferenceOf(series, pair, entries, plan),
    ranks: ranksOf(series, pair, plan),
    meanDifference: meanDifferenceOf(series, entries, plan),
    allocation: allocationOf(sample, plan),
    guardrails: plan.guardrails.map((guardrail) => guardrailOf(guardrail, unit, sample, plan)),
    looks,
    decisionPoints: decisionPoints(looks),
    composition: (['agent', 'model', 'version'] as const).map((property) => compositionOf(property, entries)),
    lateTags: { Control: lateTagsOf('Control', entries), Treatment: lateTagsOf('Treatment', entries) },
    sample,
  };
  const draws = design === 'randomised' ? drawsOf(sample) : undefined;
  const other = draws !== undefined && draws.deviations > 0 ? readAsAssigned(input) : undefined;
  const verdict = withLack(withDraws(verdictOf(parts, pair), draws, other), input);
  const open = verdict.kind === 'KeepRunning' || verdict.kind === 'TooFewSessions';
  return withoutAbsent({
    ...parts,
    verdict,
    draws,
    asAssigned: other,
    decide: experiment.state === 'Running' && open ? forecastOf(series, pair, plan, now) : undefined,
    ahead: experiment.state === 'Draft' ? planForecast(seriesOf(plan.metric, unit, earlier), plan, now) : undefined,
  });
}

/**
 * What was concluded cannot be told from a damaged sample; one that was not kept may differ from the one that was concluded on, and
 * one that is found in another folder's window is only a part.
 */
function withLack(
  verdict: ReportFacts['verdict'],
  { lacking, elsewhere = false }: Pick<ReportInput, 'lacking' | 'elsewhere'>,
): ReportFacts['verdict'] {
  if (lacking === 'damaged') return { kind: 'Untrusted', reasons: [{ code: 'sampleDamaged' }] };
  const reasons: Reason[] =
    lacking === undefined ? verdict.reasons : [...verdict.reasons, { code: 'sampleNotKept' as const }];
  return elsewhere ? { kind: 'Untrusted', reasons: [{ code: 'elsewhere' }, ...reasons] } : { ...verdict, reasons };
}

export function designOf({ binding, randomised }: Pick<Experiment, 'binding' | 'randomised'>): Design {
  if (randomised !== undefined) return 'randomised';
  return binding.kind === 'ManualTag' ? 'tagged' : 'observational';
}

/** Sessions of one day are alike, and so a before and after that follows a commit has as many observations as days. */
export function unitOf(design: Design): 'session' | 'day' {
  return design === 'observational' ? 'day' : 'session';
}

function targetAt(series: Series, pair: Pair, { target }: Plan): number | undefined {
  if (target.kind === 'level' || pair.control.n === 0) return undefined;
  return bound(ratioAt(series.transform, target.ratio, pair.control)) ?? undefined;
}

/** Blocks are balanced, but the sessions that came of them need not be: one variant may lose more of them. */
function allocationOf(sample: Sample, { allocation: promised }: Plan): ReportFacts['allocation'] {
  if (promised === undefined) return undefined;
  const { Control, Treatment } = drawsOf(sample).counts;
  const [control, treatment] = [Control.drawn - Control.neverSeen, Treatment.drawn - Treatment.neverSeen];
  const logE = allocationEvidence(control, treatment, promised);
  return { logE, warning: logE >= LOG_ALARM, promised, control, treatment };
}

function readAsAssigned(input: ReportInput): ReportFacts['asAssigned'] {
  const { verdict, effect, variants } = computeReport({ ...input, sample: asAssigned(input.sample), elsewhere: false });
  return { verdict: verdict.kind, variants, ...(effect === undefined ? {} : { effect }) };
}

/** A verdict stands only where both readings come to it: else it may be what people chose that speaks. */
function withDraws(
  verdict: ReportFacts['verdict'],
  draws: DrawFacts | undefined,
  other: ReportFacts['asAssigned'],
): ReportFacts['verdict'] {
  if (draws === undefined) return verdict;
  const { Control, Treatment } = draws.counts;
  const reasons = [...verdict.reasons];
  if (Control.notReached + Treatment.notReached > 0) {
    reasons.push({ code: 'notReached', control: Control.notReached, treatment: Treatment.notReached });
  }
  if (Control.late + Treatment.late > 0) {
    reasons.push({ code: 'lateDraws', control: Control.late, treatment: Treatment.late });
  }
  if (other === undefined) return { kind: verdict.kind, reasons };
  const drawn = Control.drawn + Treatment.drawn;
  reasons.push({ code: 'deviations', count: draws.deviations, drawn, asAssigned: other.verdict });
  if (other.verdict === verdict.kind || verdict.kind === 'TooFewSessions') return { kind: verdict.kind, reasons };
  return { kind: 'Untrusted', reasons: [{ code: 'readingsDiffer', asAssigned: other.verdict }, ...reasons] };
}

/** What is not there has no key, so that facts are the same before and after JSON. */
function withoutAbsent(facts: { [K in keyof Required<ReportFacts>]: ReportFacts[K] | undefined }): ReportFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as ReportFacts;
}
