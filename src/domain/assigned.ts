import { COMPARED, type Compared, type Sample, type SampleEntry } from './sample';

/** What was drawn for a session, as the sample keeps it. */
export interface Drawn {
  variant: Compared;
  /** The agent is known to have taken the text of its variant, and its model to have answered. */
  reached: boolean;
  /** It was drawn after the first prompt, when whoever drew may have seen how the session goes. */
  late?: true;
}

/** Draws by variant. */
export interface DrawCounts {
  drawn: number;
  /** Of these, draws that are not known to have reached their agent: it got no text, or never asked its model. */
  notReached: number;
  /** Of these, draws of sessions that no transcript is known of. */
  neverSeen: number;
  /** Of these, draws after the first prompt. */
  late: number;
}

/** How the draws of a randomised experiment went. */
export interface DrawFacts {
  counts: Record<Compared, DrawCounts>;
  /** Sessions that count with another variant than was drawn for them, with none drawn, or not at all: a person said so. */
  deviations: number;
}

export function drawsOf({ entries, setAside = [], neverSeen }: Sample): DrawFacts {
  const all = [...entries, ...setAside];
  const countsOf = (variant: Compared): DrawCounts => {
    const drawn = all.filter((entry) => entry.drawn?.variant === variant);
    const unseen = neverSeen?.[variant] ?? 0;
    return {
      drawn: drawn.length + unseen,
      notReached: drawn.filter((entry) => entry.drawn?.reached === false).length + unseen,
      neverSeen: unseen,
      late: drawn.filter((entry) => entry.drawn?.late === true).length,
    };
  };
  const [control, treatment] = COMPARED;
  return {
    counts: { Control: countsOf(control), Treatment: countsOf(treatment) },
    deviations: entries.filter(deviates).length + setAside.length,
  };
}

const deviates = ({ drawn, variant }: SampleEntry): boolean => drawn?.variant !== variant;

/**
 * The sample as it was drawn, whatever people said of single sessions afterwards: the reading that no choice can have bent
 * (intention to treat). Sessions that were not drawn are no part of it.
 */
export function asAssigned(sample: Sample): Sample {
  const drawn = [...sample.entries, ...(sample.setAside ?? [])].flatMap((entry): SampleEntry[] => {
    if (entry.drawn === undefined) return [];
    const asDrawn: SampleEntry = { ...entry, variant: entry.drawn.variant, source: 'assignment' };
    delete asDrawn.taggedAt;
    delete asDrawn.retagged;
    return [asDrawn];
  });
  drawn.sort((a, b) => a.startedAt - b.startedAt || (a.sessionId < b.sessionId ? -1 : 1));
  const read: Sample = { ...sample, entries: drawn };
  delete read.setAside;
  return read;
}
