import type { Experiment } from '../api';
import { allocationEvidence } from '../statistics/allocation';
import { bound, decisionPoints, looksOf, pairOf, seriesOf, type Series } from './comparison';
import { effectOf, levelOf, meanDifferenceOf, medianDifferenceOf, ranksOf, variantsOf } from './description';
import { forecastOf, planForecast } from './forecast';
import { guardrailOf } from './guardrails';
import { compositionOf, lateTagsOf, LOG_ALARM } from './mistrust';
import { planOf, type Plan } from './plan';
import type { Design, ReportFacts } from './reportFacts';
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
    composition: (['agent', 'model'] as const).map((property) => compositionOf(property, entries)),
    lateTags: { Control: lateTagsOf('Control', entries), Treatment: lateTagsOf('Treatment', entries) },
    sample,
  };
  const verdict = withLack(verdictOf(parts, pair), input.lacking);
  const open = verdict.kind === 'KeepRunning' || verdict.kind === 'TooFewSessions';
  return withoutAbsent({
    ...parts,
    verdict,
    decide: experiment.state === 'Running' && open ? forecastOf(series, pair, plan, now) : undefined,
    ahead: experiment.state === 'Draft' ? planForecast(seriesOf(plan.metric, unit, earlier), plan, now) : undefined,
  });
}

/** What was concluded cannot be told from a damaged sample; one that was not kept may differ from the one that was concluded on. */
function withLack(verdict: ReportFacts['verdict'], lacking: ReportInput['lacking']): ReportFacts['verdict'] {
  switch (lacking) {
    case undefined:
      return verdict;
    case 'notKept':
      return { ...verdict, reasons: [...verdict.reasons, { code: 'sampleNotKept' }] };
    case 'damaged':
      return { kind: 'Untrusted', reasons: [{ code: 'sampleDamaged' }] };
  }
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

function allocationOf({ entries }: Sample, { allocation: promised }: Plan): ReportFacts['allocation'] {
  if (promised === undefined) return undefined;
  const drawn = entries.filter(({ source }) => source === 'assignment');
  const control = drawn.filter(({ variant }) => variant === 'Control').length;
  const treatment = drawn.length - control;
  const logE = allocationEvidence(control, treatment, promised);
  return { logE, warning: logE >= LOG_ALARM, promised, control, treatment };
}

/** What is not there has no key, so that facts are the same before and after JSON. */
function withoutAbsent(facts: { [K in keyof Required<ReportFacts>]: ReportFacts[K] | undefined }): ReportFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as ReportFacts;
}
