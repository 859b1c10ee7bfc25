import type { LogOutputChannel } from 'vscode';
import type { Experiment, VerdictKind } from '../api';
import { historyAsSeen, isBlinded, openedBy } from '../domain/blinding';
import type { HistoryEntry } from '../domain/tags';
import type { ExperimentStore, StoreView } from '../store/experimentStore';

interface BlindsParts {
  store: ExperimentStore;
  view: () => StoreView;
  verdictOf: (experiment: Experiment) => VerdictKind;
  /** After something was recorded. */
  refreshStore: () => Promise<void>;
  log: LogOutputChannel;
}

/** What is hidden of experiments at this moment, and the record of what opened them. */
export class Blinds {
  /** A verdict takes a while: asked for once per change. */
  private readonly known = new Map<string, boolean>();
  /** Experiments whose opening by a verdict this window has recorded, or tried to. */
  private readonly opened = new Set<string>();

  constructor(private readonly parts: BlindsParts) {}

  /** Something has changed. */
  forget(): void {
    this.known.clear();
  }

  /** Whether what was drawn in an experiment is hidden for now. */
  isBlinded(experimentId: string): boolean {
    const known = this.known.get(experimentId);
    if (known !== undefined) return known;
    const experiment = this.parts.view().experiments.find(({ id }) => id === experimentId);
    const blinded =
      experiment?.randomised?.blinded === true && this.isHiddenBy(experiment, this.parts.verdictOf(experiment));
    this.known.set(experimentId, blinded);
    return blinded;
  }

  /** Whether variants are hidden at this verdict. Where it is the verdict that opens them, that is recorded. */
  isHiddenBy(experiment: Experiment, verdict: VerdictKind): boolean {
    const unblinding = this.parts.view().unblinded.get(experiment.id);
    const opening = openedBy(experiment, verdict, unblinding);
    if (opening !== undefined) this.record(experiment.id, opening);
    return isBlinded(experiment, verdict, unblinding);
  }

  /** A record that cannot be written must not keep the verdict away. */
  private record(experimentId: string, verdict: VerdictKind): void {
    const { store, view, refreshStore, log } = this.parts;
    if (view().status.kind === 'readOnly' || this.opened.has(experimentId)) return;
    this.opened.add(experimentId);
    store
      .openByVerdict(experimentId, verdict)
      .then(refreshStore)
      .catch((error: unknown) => {
        this.opened.delete(experimentId);
        log.warn(`That the verdict opened the blind was not recorded: ${String(error)}`);
      });
  }

  /** The steps of tags as they may be seen. */
  async history(experimentId: string, sessionId?: string): Promise<readonly HistoryEntry[]> {
    const history = await this.parts.store.history(experimentId, sessionId);
    if (!this.isBlinded(experimentId)) return history;
    const drawn = this.parts.view().assignments.get(experimentId);
    return historyAsSeen(history, (id) => drawn?.has(id) === true);
  }
}
