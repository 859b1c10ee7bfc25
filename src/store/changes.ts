import type { SqlValue } from './engine';

/**
 * Every statement by which a command changes rows. The journal holds their names and parameters instead of SQL (docs/store.md), so
 * one that was released never changes its meaning, whatever the schema: a new need is a new name. What a statement does depends
 * on the rows and its parameters alone.
 */
export const CHANGES = {
  insertExperiment: `
    INSERT INTO experiments(id, name, created_at_ms, metadata, state, concluded_at_ms) VALUES (?, ?, ?, ?, ?, ?)`,
  updateExperiment: `UPDATE experiments SET name = ?, metadata = ?, state = ?, concluded_at_ms = ? WHERE id = ?`,
  deleteExperiment: `DELETE FROM experiments WHERE id = ?`,
  insertTag: `INSERT INTO experiment_tags(experiment_id, session_id, variant) VALUES (?, ?, ?)`,
  updateTag: `UPDATE experiment_tags SET variant = ? WHERE experiment_id = ? AND session_id = ?`,
  deleteTag: `DELETE FROM experiment_tags WHERE experiment_id = ? AND session_id = ?`,
  deleteTags: `DELETE FROM experiment_tags WHERE experiment_id = ?`,
  appendHistory: `
    INSERT INTO tag_history(experiment_id, session_id, at_ms, who, via, window, action, from_variant, to_variant, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  writeOutcome: `
    INSERT INTO session_outcomes(session_id, outcome, at_ms, who) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT(session_id) DO UPDATE SET outcome = ?2, at_ms = ?3, who = ?4`,
  deleteOutcome: `DELETE FROM session_outcomes WHERE session_id = ?`,
  insertFrozen: `INSERT INTO frozen_samples(experiment_id, at_ms, sample, digest) VALUES (?, ?, ?, ?)`,
  appendLook: `
    INSERT INTO report_looks(experiment_id, at_ms, n_control, n_treatment, estimate, log_e, lower, upper)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  insertSeed: `INSERT INTO assignment_seeds(experiment_id, seed) VALUES (?, ?)`,
  insertAssignment: `
    INSERT INTO assignments(experiment_id, session_id, agent, variant, position, at_ms, source, transcript)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  deliverAssignment: `
    UPDATE assignments SET delivered_at_ms = ? WHERE experiment_id = ? AND session_id = ? AND delivered_at_ms IS NULL`,
  insertUnblinding: `INSERT INTO unblindings(experiment_id, at_ms, who) VALUES (?, ?, ?)`,
} as const satisfies Record<string, string>;

export type ChangeName = keyof typeof CHANGES;

/** A statement that ran, and the number of rows that it changed. */
export interface Change {
  name: ChangeName;
  parameters: SqlValue[];
  rows: number;
}
