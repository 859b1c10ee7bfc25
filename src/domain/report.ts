import type { Experiment, Metric, SampleRow, Variant, VariantSummary } from '../api';
import { mean, median } from '../statistics/descriptive';
import { compareText } from './experiment';
import { metricValue, type Measured } from './metrics';

export type ExclusionReason = 'excludedTag' | 'notTagged' | 'transcriptGone' | 'damagedTag';

export interface Exclusion {
  sessionId: string;
  reason: ExclusionReason;
}

/** Sessions with their variants and values, and those that are left out with the reason. */
export interface Sample {
  rows: SampleRow[];
  excluded: Exclusion[];
  /** Tagged sessions, by variant, whose transcript is gone: they have a variant and no value. */
  gone: Record<'Control' | 'Treatment', number>;
}

/** Variant by session id; `undefined` is a stored value that is no variant. */
export type Tags = ReadonlyMap<string, Variant | undefined>;

/** `from`: untagged sessions that ended before it have nothing to do with the experiment, and are not told as left out. */
export function collectSample(
  metric: Metric,
  tags: Tags,
  sessions: readonly Measured[],
  from: number | undefined,
): Sample {
  const sample: Sample = { rows: [], excluded: [], gone: { Control: 0, Treatment: 0 } };
  const known = new Map(sessions.map((session) => [session.id, session]));
  for (const [sessionId, variant] of tags) {
    const session = known.get(sessionId);
    if (variant === undefined) sample.excluded.push({ sessionId, reason: 'damagedTag' });
    else if (variant === 'Excluded') sample.excluded.push({ sessionId, reason: 'excludedTag' });
    else if (session === undefined) {
      sample.gone[variant] += 1;
      sample.excluded.push({ sessionId, reason: 'transcriptGone' });
    } else {
      const value = metricValue[metric](session);
      const row: SampleRow = { sessionId, variant, source: 'tag', startedAt: session.startedAt };
      sample.rows.push(value === undefined ? row : { ...row, value });
    }
  }
  for (const session of sessions) {
    if (!tags.has(session.id) && (from === undefined || session.lastActiveAt >= from))
      sample.excluded.push({ sessionId: session.id, reason: 'notTagged' });
  }
  // The report must not depend on the order in which sessions were found.
  sample.rows.sort((a, b) => a.startedAt - b.startedAt || compareText(a.sessionId, b.sessionId));
  sample.excluded.sort((a, b) => compareText(a.reason, b.reason) || compareText(a.sessionId, b.sessionId));
  return sample;
}

function summarise(sample: Sample, variant: 'Control' | 'Treatment'): VariantSummary {
  const rows = sample.rows.filter((row) => row.variant === variant);
  const values = rows.flatMap((row) => (row.value === undefined ? [] : [row.value]));
  const middle = median(values);
  const average = mean(values);
  return {
    n: values.length,
    missing: rows.length - values.length + sample.gone[variant],
    ...(middle === undefined ? {} : { median: middle }),
    ...(average === undefined ? {} : { mean: average }),
  };
}

/** Sessions with a value that each variant needs before anything at all can be said. */
export const MIN_PER_VARIANT = 5;

/** A report without its sentences, which the view writes in the reader's language. */
export interface ReportFacts {
  experiment: Experiment;
  computedAt: number;
  verdict: 'TooFewSessions' | 'KeepRunning';
  control: VariantSummary;
  treatment: VariantSummary;
  sample: Sample;
}

/**
 * Describes the sample and draws no conclusion: no comparison here is valid at every look yet, so the verdict is that there are
 * too few sessions, or that the experiment should go on.
 */
export function describeExperiment(
  experiment: Experiment,
  tags: Tags,
  sessions: readonly Measured[],
  now: number,
): ReportFacts {
  const sample = collectSample(experiment.metric, tags, sessions, experiment.since ?? experiment.startedAt);
  const control = summarise(sample, 'Control');
  const treatment = summarise(sample, 'Treatment');
  const enough = control.n >= MIN_PER_VARIANT && treatment.n >= MIN_PER_VARIANT;
  return {
    experiment,
    computedAt: now,
    verdict: enough ? 'KeepRunning' : 'TooFewSessions',
    control,
    treatment,
    sample,
  };
}
