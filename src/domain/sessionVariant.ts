import type { Variant } from '../api';
import type { Assignment } from './assignment';

/**
 * How a session stands in an experiment, as people see it. `Assigned`: the variant was drawn and is hidden. `Damaged`: its stored
 * tag, or what was drawn for it, cannot be read, so nobody knows.
 */
export type Mark = Variant | 'Assigned' | 'Damaged';

export interface SessionVariant {
  mark: Mark;
  /** The tool drew it; otherwise it is a tag. */
  drawn: boolean;
}

/** Tags by session id; `undefined` is a stored value that is no variant. */
type Tags = ReadonlyMap<string, Variant | undefined>;
/** What was drawn by session id; `undefined` is a stored draw that cannot be read. */
type Assignments = ReadonlyMap<string, Pick<Assignment, 'variant'> | undefined>;

/** What is stored of one experiment's sessions. */
export interface StoredVariants {
  tags: Tags | undefined;
  assignments: Assignments | undefined;
  /** Whether what was drawn is hidden; a tag was chosen by a person, who knows it. */
  blinded: boolean;
}

/** The variant of a session; undefined for none. A tag beats what was drawn. */
export function variantOf(
  { tags, assignments, blinded }: StoredVariants,
  sessionId: string,
): SessionVariant | undefined {
  if (tags?.has(sessionId) === true) return { mark: tags.get(sessionId) ?? 'Damaged', drawn: false };
  if (assignments?.has(sessionId) !== true) return undefined;
  const assignment = assignments.get(sessionId);
  if (assignment === undefined) return { mark: 'Damaged', drawn: true };
  return { mark: blinded ? 'Assigned' : assignment.variant, drawn: true };
}

/** All sessions that have one. */
export function variantsOf(stored: StoredVariants): Map<string, SessionVariant> {
  const ids = new Set([...(stored.tags?.keys() ?? []), ...(stored.assignments?.keys() ?? [])]);
  return new Map(
    [...ids].flatMap((id) => {
      const variant = variantOf(stored, id);
      return variant === undefined ? [] : [[id, variant] as const];
    }),
  );
}
