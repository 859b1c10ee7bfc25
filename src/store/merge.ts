import type { Experiment } from '../api';
import { canonical, mergeDraw, mergeExperiment, type ExperimentMerge, type MergeReason } from '../domain/merge';
import { parseMetadata } from '../domain/metadata';
import { decideTag, isVariant, type Author } from '../domain/tags';
import { findVariant } from './commands';
import { detailOf } from './errors';
import type { Outcome } from './outcome';
import type { MemoryDatabase } from './engine';
import { exactRows, insertExact, keyOf, plainValue, rowKey, type ExactRow, type ExactValue } from './exactRows';
import { canHold, ownTables, type OwnTable } from './ownTables';
import { appendHistory, expectOne, experimentOf, findExperiment, updateExperiment } from './rows';

/** What another file holds, in the tables and columns of our schema; a column that it lacks is null. */
export interface SourceRows {
  /** 0: no database of ours, so its tags come without a history. */
  version: number;
  tables: ReadonlyMap<string, readonly ExactRow[]>;
  /** Tables and columns that are not ours, with their number of rows. */
  strangers: readonly { name: string; rows: number }[];
}

export type MergedKind = 'experiments' | 'tags' | 'history' | 'outcomes' | 'others';

export interface MergeCounts {
  imported: number;
  unchanged: number;
  skipped: number;
}

/** Rows of one kind that were left out. Ids are absent where they cannot be read. */
export interface SkippedRows {
  kind: MergedKind | 'strangers';
  reason: MergeReason;
  rows: number;
  experimentId?: string;
  sessionId?: string;
  /** What is here and what is in the file, where that helps: a variant, a state, a table's name. */
  here?: string;
  there?: string;
}

export interface MergeResult {
  counts: Record<MergedKind, MergeCounts>;
  skipped: readonly SkippedRows[];
}

export interface MergeOptions {
  author: Author;
  now: number;
  /** What the history says of a tag that comes without one. */
  reason: string;
  /** Whether rows that cannot be read in full come along as what they are. They do from a sound file, not from a damaged one. */
  takeDamaged: boolean;
}

const noCounts = (): MergeCounts => ({ imported: 0, unchanged: 0, skipped: 0 });
const textOf = (value: ExactValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const pairKey = (experimentId: ExactValue, sessionId: ExactValue): string => rowKey([experimentId, sessionId]);

/**
 * Adds what another file holds, by the rules of tagging: nothing that is here is changed but for an experiment's state, which
 * may go forward. Runs inside one transaction. Throws what SQLite says.
 */
export function mergeRows(db: MemoryDatabase, source: SourceRows, options: MergeOptions): Outcome<MergeResult> {
  const merge = new Merge(db, source, options);
  merge.experiments();
  merge.tags();
  merge.outcomes();
  merge.rest();
  merge.strangers();
  return { result: { counts: merge.counts, skipped: merge.skipped }, changed: merge.changed, backUpAs: 'import' };
}

class Merge {
  readonly counts: Record<MergedKind, MergeCounts> = {
    experiments: noCounts(),
    tags: noCounts(),
    history: noCounts(),
    outcomes: noCounts(),
    others: noCounts(),
  };
  readonly skipped: SkippedRows[] = [];
  changed = false;
  readonly #db: MemoryDatabase;
  readonly #source: SourceRows;
  readonly #options: MergeOptions;
  readonly #tables: ReadonlyMap<string, OwnTable>;
  /** What became of each experiment, by its id. */
  readonly #decisions = new Map<string, ExperimentMerge>();
  /** The tags here and there, by experiment and session. */
  readonly #tagsHere = new Map<string, ExactValue>();
  readonly #tagsThere = new Map<string, ExactValue>();
  /** What was drawn, likewise. */
  readonly #drawnHere = new Map<string, ExactValue>();
  readonly #drawnThere = new Map<string, ExactValue>();
  /** Sessions whose variant was drawn here and may be hidden. */
  readonly #hidden = new Set<string>();

  constructor(db: MemoryDatabase, source: SourceRows, options: MergeOptions) {
    this.#db = db;
    this.#source = source;
    this.#options = options;
    const names = new Set(source.tables.keys());
    this.#tables = new Map(
      ownTables(db)
        .filter(({ name }) => names.has(name))
        .map((table) => [table.name, table]),
    );
  }

  #rows(name: string): readonly ExactRow[] {
    return this.#source.tables.get(name) ?? [];
  }

  #skip(kind: SkippedRows['kind'], reason: MergeReason, details: Partial<SkippedRows> = {}): void {
    const rows = details.rows ?? 1;
    if (kind !== 'strangers') this.counts[kind].skipped += rows;
    this.skipped.push({ kind, reason, ...details, rows });
  }

  /** False where the table cannot hold the row as it is, which then is told. */
  #insert(kind: MergedKind, name: string, row: ExactRow, details: Partial<SkippedRows>): boolean {
    const table = this.#tables.get(name);
    if (table === undefined || !canHold(table, row)) {
      this.#skip(kind, 'cannotBeKept', details);
      return false;
    }
    try {
      insertExact(this.#db, table, row);
    } catch (error) {
      // What is foreseen was decided before; a file that breaks its own rules can still hold a row that ours do not admit.
      if (!/constraint/i.test(detailOf(error))) throw error;
      this.#skip(kind, 'twice', details);
      return false;
    }
    this.counts[kind].imported += 1;
    this.changed = true;
    return true;
  }

  experiments(): void {
    const variants = (rows: readonly ExactRow[], name: string, into: Map<string, ExactValue>): void => {
      const columns = this.#tables.get(name)?.columns ?? [];
      const [experiment, session, variant] = ['experiment_id', 'session_id', 'variant'].map((column) =>
        columns.indexOf(column),
      );
      const at = (row: ExactRow, index = -1): ExactValue => row[index] ?? null;
      for (const row of rows) into.set(pairKey(at(row, experiment), at(row, session)), at(row, variant));
    };
    for (const [name, here, there] of [
      ['experiment_tags', this.#tagsHere, this.#tagsThere],
      ['assignments', this.#drawnHere, this.#drawnThere],
    ] as const) {
      const table = this.#tables.get(name);
      variants(this.#rows(name), name, there);
      if (table !== undefined) variants(exactRows(this.#db, table), name, here);
    }
    for (const row of this.#rows('experiments')) this.#experiment(row);
  }

  /** A tag comes before what was drawn. Undefined for a session with neither. */
  #variantHere = (key: string): ExactValue | undefined => this.#tagsHere.get(key) ?? this.#drawnHere.get(key);
  #variantThere = (key: string): ExactValue | undefined => this.#tagsThere.get(key) ?? this.#drawnThere.get(key);

  #agree(key: string): boolean {
    const [here, there] = [this.#variantHere(key), this.#variantThere(key)];
    return here === undefined || there === undefined ? here === there : keyOf(here) === keyOf(there);
  }

  /** Whether every session that has a variant here has the same one there. */
  #contained(experimentId: ExactValue): boolean {
    const start = pairKey(experimentId, '').slice(0, -keyOf('').length);
    return [...this.#tagsHere.keys(), ...this.#drawnHere.keys()].every(
      (key) => !key.startsWith(start) || this.#agree(key),
    );
  }

  #experiment(row: ExactRow): void {
    const [id = null] = row;
    const key = keyOf(id);
    const experimentId = textOf(id);
    const details = experimentId === undefined ? {} : { experimentId };
    if (this.#decisions.has(key)) {
      this.#skip('experiments', 'twice', details);
      return;
    }
    const there = storedOf(row);
    const here = experimentId === undefined ? undefined : findExperiment(this.#db, experimentId);
    let decision = mergeExperiment({
      here: here?.experiment,
      there: there.experiment,
      identical: here !== undefined && sameStored(here, there),
      contained: this.#contained(id),
    });
    if (decision.kind === 'insert' && there.experiment.damaged !== undefined && !this.#options.takeDamaged) {
      decision = { kind: 'skip', reason: 'damagedThere' };
    }
    switch (decision.kind) {
      case 'insert':
        if (!this.#insert('experiments', 'experiments', row, details))
          decision = { kind: 'skip', reason: 'cannotBeKept' };
        break;
      case 'same':
        this.counts.experiments.unchanged += 1;
        break;
      case 'advance':
        // Keys that only the row here has are another program's: they stay.
        updateExperiment(
          this.#db,
          there.experiment,
          JSON.stringify({ ...parseMetadata(here?.metadata ?? ''), ...parseMetadata(there.metadata) }),
        );
        this.counts.experiments.imported += 1;
        this.changed = true;
        break;
      case 'keep':
      case 'skip':
        this.#skip('experiments', decision.reason, {
          ...details,
          ...(here === undefined ? {} : { here: here.experiment.state }),
          there: there.experiment.damaged ?? there.experiment.state,
        });
    }
    this.#decisions.set(key, decision);
  }

  tags(): void {
    const seen = new Map<string, ExactValue>();
    for (const row of this.#rows('experiment_tags')) {
      const [experimentId = null, sessionId = null, variant = null] = row;
      const key = pairKey(experimentId, sessionId);
      const before = seen.get(key);
      seen.set(key, variant);
      const details = this.#pair(experimentId, sessionId);
      if (before === undefined) this.#tag(row, details);
      else if (keyOf(before) !== keyOf(variant)) this.#skip('tags', 'twice', details);
      else this.counts.tags.unchanged += 1;
    }
  }

  #pair(experimentId: ExactValue | undefined, sessionId: ExactValue | undefined): Partial<SkippedRows> {
    const [experiment, session] = [textOf(experimentId), textOf(sessionId)];
    return {
      ...(experiment === undefined ? {} : { experimentId: experiment }),
      ...(session === undefined ? {} : { sessionId: session }),
    };
  }

  #tag(row: ExactRow, details: Partial<SkippedRows>): void {
    const [experimentId = null, sessionId = null, variant = null] = row;
    const decision = this.#decisions.get(keyOf(experimentId));
    const told = { ...details, ...(typeof variant === 'string' ? { there: variant } : {}) };
    if (decision?.kind === 'skip') {
      this.#skip('tags', decision.reason, told);
      return;
    }
    const key = pairKey(experimentId, sessionId);
    const here = this.#tagsHere.get(key);
    if (here !== undefined) {
      if (keyOf(here) === keyOf(variant)) this.counts.tags.unchanged += 1;
      else this.#skip('tags', isVariant(here) ? 'conflict' : 'damagedTagHere', { ...told, here: textOf(here) ?? '' });
      return;
    }
    if (this.#isDrawn(experimentId, sessionId)) {
      this.#tagOverDraw(key, variant, told);
      return;
    }
    const refused = this.#mayTag(experimentId, sessionId, variant, decision);
    if (refused !== undefined) {
      this.#skip('tags', refused, told);
      return;
    }
    if (!this.#insert('tags', 'experiment_tags', row, told)) return;
    this.#tagsHere.set(key, variant);
    if (this.#source.version === 0) this.#noteTag(details, variant);
  }

  #isDrawn(experimentId: ExactValue, sessionId: ExactValue): boolean {
    return this.#drawnHere.has(pairKey(experimentId, sessionId));
  }

  /** As where a person tags: over what was drawn goes only a retag, which nobody here has made. */
  #tagOverDraw(key: string, variant: ExactValue, told: Partial<SkippedRows>): void {
    const drawn = this.#drawnHere.get(key) ?? null;
    const experiment = told.experimentId === undefined ? undefined : findExperiment(this.#db, told.experimentId);
    if (experiment?.experiment.randomised?.blinded === true) {
      this.#hidden.add(key);
      this.#skip('tags', 'drawnHere', told);
    } else if (!isVariant(drawn)) this.#skip('tags', 'damagedTagHere', { ...told, here: textOf(drawn) ?? '' });
    else if (drawn === variant) this.counts.tags.unchanged += 1;
    else this.#skip('tags', 'conflict', { ...told, here: drawn });
  }

  /** Why a session without a tag here gets none; undefined where it gets the one of the file. */
  #mayTag(
    experimentId: ExactValue,
    sessionId: ExactValue,
    variant: ExactValue,
    decision: ExperimentMerge | undefined,
  ): MergeReason | undefined {
    if (!isVariant(variant) && !this.#options.takeDamaged) return 'damagedThere';
    // With an experiment come all its tags, those of a frozen sample too.
    if (decision?.kind === 'insert' || decision?.kind === 'advance') return undefined;
    const [experiment, session] = [textOf(experimentId), textOf(sessionId)];
    const stored = experiment === undefined ? undefined : findExperiment(this.#db, experiment)?.experiment;
    // A tag of an experiment that is neither here nor there is kept as what it is.
    if (stored === undefined || session === undefined) return undefined;
    const request = {
      action: 'tag',
      experimentId: stored.id,
      sessionId: session,
      // A damaged variant comes along where a sound one would.
      variant: isVariant(variant) ? variant : 'Excluded',
    } as const;
    const { outcome, refusal } = decideTag(stored, findVariant(this.#db, stored.id, session), request);
    if (outcome === 'tagged') return undefined;
    if (refusal === 'concluded' || refusal === 'archived') return 'frozenHere';
    return refusal === 'damagedExperiment' ? 'damagedHere' : 'cannotBeKept';
  }

  /** Every tag has a history, also one of a program that keeps none. */
  #noteTag({ experimentId, sessionId }: Partial<SkippedRows>, variant: ExactValue): void {
    if (experimentId === undefined || sessionId === undefined || !isVariant(variant)) return;
    const { author, now, reason } = this.#options;
    appendHistory(this.#db, { experimentId, sessionId, at: now, author, action: 'tag', to: variant, reason });
  }

  outcomes(): void {
    const table = this.#tables.get('session_outcomes');
    if (table === undefined) return;
    const here = new Map(exactRows(this.#db, table).map((row) => [keyOf(row[0] ?? null), row]));
    for (const row of this.#rows(table.name)) {
      const [sessionId = null, outcome = null] = row;
      const before = here.get(keyOf(sessionId));
      const session = textOf(sessionId);
      const details = {
        ...(session === undefined ? {} : { sessionId: session }),
        ...(typeof outcome === 'string' ? { there: outcome } : {}),
      };
      if (before === undefined) {
        if (this.#insert('outcomes', table.name, row, details)) here.set(keyOf(sessionId), row);
      } else if (keyOf(before[1] ?? null) === keyOf(outcome)) this.counts.outcomes.unchanged += 1;
      else this.#skip('outcomes', 'otherOutcome', { ...details, here: textOf(before[1]) ?? '' });
    }
  }

  /** Tables whose rows tell of an experiment, or of a tag in one: the history, and what later versions add. */
  rest(): void {
    const draws = this.#tables.get('assignments');
    // Before the history, which may tell of a session that has nothing but its draw.
    if (draws !== undefined) this.#draws(draws);
    for (const table of this.#tables.values()) {
      if (['experiments', 'experiment_tags', 'session_outcomes', 'assignments'].includes(table.name)) continue;
      const experimentAt = table.columns.indexOf('experiment_id');
      const sessionAt = table.name === 'tag_history' ? table.columns.indexOf('session_id') : -1;
      this.#append(table, (row) => {
        const experimentId = row[experimentAt] ?? null;
        const decision = this.#decisions.get(keyOf(experimentId));
        if (decision?.kind === 'skip') return decision.reason;
        if (sessionAt < 0) return decision?.kind === 'keep' ? decision.reason : undefined;
        const key = pairKey(experimentId, row[sessionAt] ?? null);
        if (this.#hidden.has(key)) return 'drawnHere';
        return this.#agree(key) ? undefined : 'tagDiffers';
      });
    }
  }

  #draws(table: OwnTable): void {
    const at = Object.fromEntries(table.columns.map((column, index) => [column, index]));
    const valueOf = (row: ExactRow, column: string): ExactValue => row[at[column] ?? -1] ?? null;
    const keyFor = (row: ExactRow): string => pairKey(valueOf(row, 'experiment_id'), valueOf(row, 'session_id'));
    const placeOf = (row: ExactRow): string =>
      rowKey(['experiment_id', 'agent', 'position'].map((column) => valueOf(row, column)));
    const told = (row: ExactRow): { facts: string; delivered: boolean } => ({
      facts: rowKey(row.filter((_, index) => index !== at['delivered_at_ms'])),
      delivered: valueOf(row, 'delivered_at_ms') !== null,
    });
    const here = new Map<string, ExactRow>();
    const places = new Set<string>();
    const note = (row: ExactRow): void => {
      here.set(keyFor(row), row);
      places.add(placeOf(row));
    };
    for (const row of exactRows(this.#db, table)) note(row);
    for (const row of this.#rows(table.name)) {
      const key = keyFor(row);
      const experiment = this.#decisions.get(keyOf(valueOf(row, 'experiment_id')));
      const before = here.get(key);
      const decision = mergeDraw({
        here: before && told(before),
        there: told(row),
        placeTaken: places.has(placeOf(row)),
        taggedOtherwise: this.#tagsHere.has(key) && !this.#agree(key),
      });
      const left = experiment?.kind === 'skip' || experiment?.kind === 'keep' ? experiment.reason : undefined;
      if (decision.kind === 'same') this.counts.others.unchanged += 1;
      else if (left !== undefined) this.#skipRow(table, 'others', left, row);
      else if (decision.kind === 'skip') this.#skipRow(table, 'others', decision.reason, row);
      else if (decision.kind === 'deliver') this.#deliver(table, row);
      else if (this.#insert('others', table.name, row, this.#told(table, row))) {
        note(row);
        this.#drawnHere.set(key, valueOf(row, 'variant'));
      }
    }
  }

  #deliver(table: OwnTable, row: ExactRow): void {
    const [experimentId, sessionId, deliveredAt] = ['experiment_id', 'session_id', 'delivered_at_ms'].map((column) =>
      plainValue(row[table.columns.indexOf(column)]),
    );
    if (typeof deliveredAt !== 'number' || typeof experimentId !== 'string' || typeof sessionId !== 'string') {
      this.#skipRow(table, 'others', 'cannotBeKept', row);
      return;
    }
    expectOne(this.#db.change('deliverAssignment', [deliveredAt, experimentId, sessionId]));
    this.counts.others.imported += 1;
    this.changed = true;
  }

  /** Adds the rows that are not here yet. Where a number is taken, all get new ones, in their order. */
  #append(table: OwnTable, refuse: (row: ExactRow) => MergeReason | undefined): void {
    const kind = table.name === 'tag_history' ? 'history' : 'others';
    const unnumbered = (row: ExactRow): ExactRow => row.filter((_, at) => at !== table.numbered);
    const here = exactRows(this.#db, table);
    const left = new Map<string, number>();
    for (const row of here) left.set(rowKey(unnumbered(row)), (left.get(rowKey(unnumbered(row))) ?? 0) + 1);
    const added: ExactRow[] = [];
    const ownKey = (row: ExactRow): string => rowKey(table.key.map((at) => row[at] ?? null));
    const keys = new Set(table.key.length === 0 ? [] : here.map(ownKey));
    for (const row of this.#rows(table.name)) {
      const key = rowKey(unnumbered(row));
      const same = left.get(key) ?? 0;
      const reason = refuse(row) ?? (keys.has(ownKey(row)) ? 'otherDetails' : undefined);
      if (same > 0) {
        left.set(key, same - 1);
        this.counts[kind].unchanged += 1;
      } else if (reason === undefined) {
        added.push(row);
        if (table.key.length > 0) keys.add(ownKey(row));
      } else this.#skipRow(table, kind, reason, row);
    }
    const { numbered } = table;
    const taken = new Set(here.map((row) => keyOf(row[numbered ?? -1] ?? null)));
    const renumber = numbered !== undefined && added.some((row) => taken.has(keyOf(row[numbered] ?? null)));
    for (const row of added) {
      const kept = renumber ? row.map((value, at) => (at === numbered ? null : value)) : row;
      this.#insert(kind, table.name, kept, this.#told(table, row));
    }
  }

  #told(table: OwnTable, row: ExactRow): Partial<SkippedRows> {
    const pair = this.#pair(row[table.columns.indexOf('experiment_id')], row[table.columns.indexOf('session_id')]);
    return table.name === 'tag_history' ? pair : { ...pair, there: table.name };
  }

  /** Lines of one history that are left out for one reason are told together. */
  #skipRow(table: OwnTable, kind: MergedKind, reason: MergeReason, row: ExactRow): void {
    const told = this.#told(table, row);
    const last = this.skipped.at(-1);
    const together =
      last?.kind === kind &&
      last.reason === reason &&
      last.experimentId === told.experimentId &&
      last.sessionId === told.sessionId;
    if (together) {
      last.rows += 1;
      this.counts[kind].skipped += 1;
    } else this.#skip(kind, reason, told);
  }

  strangers(): void {
    for (const { name, rows } of this.#source.strangers) this.#skip('strangers', 'notOurs', { there: name, rows });
  }
}

interface Stored {
  experiment: Experiment;
  metadata: string;
}

/** What a row reads as here, whatever it holds. */
function storedOf(row: ExactRow): Stored {
  const plain = row.map((value) => plainValue(value));
  const { experiment, metadata } = experimentOf(plain.map((value) => value ?? null));
  const odd = plain.includes(undefined);
  return {
    experiment: odd
      ? { ...experiment, damaged: experiment.damaged ?? 'a value is no plain text or number' }
      : experiment,
    metadata,
  };
}

function sameStored(a: Stored, b: Stored): boolean {
  const parts = ({ experiment, metadata }: Stored): unknown => {
    const parsed = parseMetadata(metadata);
    return [experiment, parsed ?? metadata];
  };
  return canonical(parts(a)) === canonical(parts(b));
}
