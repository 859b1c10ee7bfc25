import type { Experiment, Variant } from '../api';
import type { Assignment } from '../domain/assignment';
import { decodeFrozen, encodeFrozen, type Frozen } from '../domain/frozenSample';
import { lookAt, sameLook, type Look } from '../domain/looks';
import type { ReportInput } from '../domain/report';
import type { ReportFacts } from '../domain/reportFacts';
import { collectSample, metricsOf, tagTimesOf, windowOf, type Sample } from '../domain/sample';
import type { HistoryEntry } from '../domain/tags';
import type { IndexedSession } from '../sessions/model';
import type { ExperimentStore } from '../store/experimentStore';
import type { FrozenRecord } from '../store/records';
import { isOpenIn, sessionsOf, type BindingFacts } from './bindingFacts';
import { localDay } from './localDay';
import { everySession } from './report/everySession';

/** What the store holds of an experiment besides its tags. */
interface Kept {
  history: readonly HistoryEntry[];
  looks: readonly Look[];
  frozen: FrozenRecord | undefined;
}

/** What the model knows at the moment. */
export interface Known {
  tags: ReadonlyMap<string, Variant | undefined>;
  assignments: ReadonlyMap<string, Pick<Assignment, 'variant' | 'deliveredAt' | 'source'> | undefined>;
  sessions: readonly IndexedSession[];
  openFolders: readonly string[];
}

const nothing: Sample = { entries: [], excluded: [], gone: { Control: 0, Treatment: 0 } };

const ended = ({ state }: Experiment): boolean => state === 'Concluded' || state === 'Archived';

/** What reports need besides what the model knows of store and sessions. Read ahead, so that a report is computed at once. */
export class ReportData {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly store: ExperimentStore,
    private readonly bindings: BindingFacts,
    private readonly now: () => number,
  ) {}

  /** Reads what the store holds of an experiment; from then on `reload` does, too. */
  async prepare({ id }: Experiment): Promise<void> {
    const [history, looks, frozen] = await Promise.all([
      this.store.history(id),
      this.store.looks(id),
      this.store.frozenSample(id),
    ]);
    this.kept.set(id, { history, looks, frozen });
  }

  /** Whether the report of an experiment needs no session any more. */
  isFrozen({ id }: Experiment): boolean {
    return this.kept.get(id)?.frozen !== undefined;
  }

  /** After the store has changed. */
  async reload(experiments: readonly Experiment[]): Promise<void> {
    const known = experiments.filter(({ id }) => this.kept.has(id));
    await Promise.all(known.map((experiment) => this.prepare(experiment)));
  }

  /** Whether something is now known that was not. */
  gather(
    experiments: readonly Experiment[],
    { sessions, openFolders }: Pick<Known, 'sessions' | 'openFolders'>,
    again = false,
  ): Promise<boolean> {
    const open = experiments.filter((experiment) => experiment.damaged === undefined);
    return this.bindings.gather(
      open.map((experiment) => ({
        experiment,
        sessions: sessionsOf(experiment, sessions, openFolders),
        isHere: isOpenIn(experiment, openFolders),
      })),
      again,
    );
  }

  /** What the report of an experiment is computed from. */
  inputOf(experiment: Experiment, known: Known): ReportInput {
    const { history = [], looks = [], frozen } = this.kept.get(experiment.id) ?? {};
    const now = ended(experiment) ? (experiment.concludedAt ?? experiment.createdAt) : this.now();
    const elsewhere = experiment.state !== 'Draft' && !isOpenIn(experiment, known.openFolders);
    const today = (): ReportInput => ({
      ...{ experiment, now, logged: looks, elsewhere },
      sample: this.sampleOf(experiment, { ...known, history }),
    });
    if (experiment.state === 'Draft') {
      return {
        ...today(),
        earlier: everySession(experiment, sessionsOf(experiment, known.sessions, known.openFolders)),
      };
    }
    if (!ended(experiment)) return today();
    if (frozen === undefined) return { ...today(), lacking: 'notKept' };
    const kept = frozen.kind === 'sound' ? decodeFrozen(frozen.sample) : undefined;
    if (kept === undefined) return { experiment, now, sample: nothing, frozen: true, lacking: 'damaged' };
    return {
      // Only its state has changed since.
      experiment: { ...kept.experiment, state: experiment.state },
      sample: kept.sample,
      now: kept.experiment.concludedAt ?? now,
      frozen: true,
      logged: kept.looks,
    };
  }

  /** What is kept at the conclusion. `experiment` is as concluded. */
  freeze(experiment: Experiment, known: Known & { history: readonly HistoryEntry[]; looks: readonly Look[] }): string {
    const kept: Frozen = { experiment, sample: this.sampleOf(experiment, known), looks: known.looks };
    return encodeFrozen(kept);
  }

  private sampleOf(experiment: Experiment, known: Known & { history: readonly HistoryEntry[] }): Sample {
    return collectSample({
      metrics: metricsOf(experiment),
      tags: known.tags,
      assignments: known.assignments,
      tagTimes: tagTimesOf(known.history),
      binding: experiment.binding,
      window: windowOf(experiment),
      sessions: sessionsOf(experiment, known.sessions, known.openFolders),
      startFacts: (session) => this.bindings.factsOf(session, experiment),
      dayOf: localDay,
    });
  }

  /** Logs what someone sees, where it is new. Throws StoreError. */
  async look(facts: ReportFacts): Promise<void> {
    const { id, state } = facts.experiment;
    // A part of the sample is no look at it.
    if (state !== 'Running' || facts.verdict.reasons.some(({ code }) => code === 'elsewhere')) return;
    const look = lookAt(facts);
    const last = this.kept.get(id)?.looks.at(-1);
    if (last === undefined || !sameLook(last, look)) await this.store.logLook(id, look);
  }
}
