import type { ActiveExperiment } from '../domain/experiment';
import type { SessionVariant } from '../domain/sessionVariant';
import type { StoreView } from '../store/experimentStore';

/** What the status bar has to say. A decision without words, so that every case can be tested by itself. */
export type StatusView =
  | { kind: 'hidden' }
  /** `damaged`: a backup can be restored. */
  | { kind: 'readOnly'; damaged: boolean }
  | { kind: 'chooseExperiment' }
  | { kind: 'chooseSession'; experiment: string; count: number }
  | { kind: 'untagged'; experiment: string; sessionId: string }
  | { kind: 'tagged'; experiment: string; sessionId: string; variant: SessionVariant };

export interface StatusInput {
  visible: boolean;
  loaded: boolean;
  /** Whether sessions were read once: before that, the current one cannot be told. */
  sessionsLoaded: boolean;
  store: StoreView;
  active: ActiveExperiment;
  /** Of the current session in the active experiment. */
  variant: SessionVariant | undefined;
  current: { kind: 'one'; sessionId: string } | { kind: 'several'; count: number };
}

/** One item, hidden with no running experiment. Read-only is told, because a person who relies on tags must see it. */
export function statusView({
  visible,
  loaded,
  sessionsLoaded,
  store,
  active,
  current,
  variant,
}: StatusInput): StatusView {
  if (!visible || !loaded) return { kind: 'hidden' };
  const { status } = store;
  if (status.kind === 'readOnly') return { kind: 'readOnly', damaged: status.problem === 'unreadable' };
  if (active.kind === 'none') return { kind: 'hidden' };
  if (active.kind === 'several') return { kind: 'chooseExperiment' };
  if (!sessionsLoaded) return { kind: 'hidden' };
  const experiment = active.experiment.name;
  if (current.kind === 'several') return { kind: 'chooseSession', experiment, count: current.count };
  const { sessionId } = current;
  return variant && variant.mark !== 'Damaged'
    ? { kind: 'tagged', experiment, sessionId, variant }
    : { kind: 'untagged', experiment, sessionId };
}
