import type { Experiment, SampleRow, VariantSummary } from '../api';
import { mean, median } from '../statistics/descriptive';
import { COMPARED, type Compared, type Sample } from './sample';

function summarise(rows: readonly SampleRow[], sample: Sample, variant: Compared): VariantSummary {
  const own = rows.filter((row) => row.variant === variant);
  const values = own.flatMap((row) => (row.value === undefined ? [] : [row.value]));
  const middle = median(values);
  const average = mean(values);
  return {
    n: values.length,
    missing: own.length - values.length + sample.gone[variant],
    ...(middle === undefined ? {} : { median: middle }),
    ...(average === undefined ? {} : { mean: average }),
  };
}

/** Sessions with a value that each variant needs before anything at all can be said. */
export const MIN_PER_VARIANT = 5;

/** A report without its sentences, which the view writes in the reader's language. */
export interface Description {
  experiment: Experiment;
  computedAt: number;
  verdict: 'TooFewSessions' | 'KeepRunning';
  control: VariantSummary;
  treatment: VariantSummary;
  rows: SampleRow[];
  sample: Sample;
}

/**
 * Describes the sample and draws no conclusion: no comparison here is valid at every look yet, so the verdict is that there are
 * too few sessions, or that the experiment should go on.
 */
export function describeExperiment(experiment: Experiment, sample: Sample, now: number): Description {
  const rows = sample.entries.map(({ sessionId, variant, source, startedAt, values }): SampleRow => {
    const value = values[experiment.metric];
    return { sessionId, variant, source, startedAt, ...(value === undefined ? {} : { value }) };
  });
  const [control, treatment] = COMPARED.map((variant) => summarise(rows, sample, variant)) as [
    VariantSummary,
    VariantSummary,
  ];
  const enough = control.n >= MIN_PER_VARIANT && treatment.n >= MIN_PER_VARIANT;
  return {
    experiment,
    computedAt: now,
    verdict: enough ? 'KeepRunning' : 'TooFewSessions',
    control,
    treatment,
    rows,
    sample,
  };
}
