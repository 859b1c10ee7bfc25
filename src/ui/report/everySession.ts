import type { Experiment } from '../../api';
import type { Measured } from '../../domain/metrics';
import { collectSample, metricsOf, type SampleEntry } from '../../domain/sample';
import { localDay } from '../localDay';

/** All sessions with the experiment's metrics, whatever their tags: to learn how much values vary. Their variant means nothing. */
export function everySession(experiment: Experiment, sessions: readonly Measured[]): SampleEntry[] {
  return collectSample({
    metrics: metricsOf(experiment),
    tags: new Map(sessions.map(({ id }) => [id, 'Control'])),
    sessions,
    binding: experiment.binding,
    window: {},
    startFacts: () => ({ ancestry: () => 'notYetKnown' }),
    dayOf: localDay,
  }).entries;
}
