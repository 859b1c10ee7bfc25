/** A look at the instruction files of a folder, as it was kept. Times are ms since the epoch. */
export interface InstructionLook {
  /** When it began. What it saw was there then. */
  at: number;
  /** The window that looked. */
  window: string;
  /** The fingerprint that it found. */
  state: string;
  /** No file that it found, and no folder below the root that it looked into, has changed since, as the file system tells. */
  untouchedSince: number;
  /** Nor has the root, where other files come and go, too. */
  rootSince: number;
  /**
   * Only where the window watched the files since its look before: until then nothing was told. The look's own time where
   * nothing was told at all.
   */
  quietUntil?: number | undefined;
}

/** In this time, both ends included, the files had this state. */
export interface Evidence {
  from: number;
  to: number;
  state: string;
}

/**
 * A session that starts so soon after a change, or before it, may have either state: agents read their instructions a moment
 * before or after their first record, file systems round their times, and watchers tell late.
 */
export const MARGIN_MS = 2_000;

/** What looks prove, whoever made them. */
export function evidenceOf(looks: readonly InstructionLook[]): Evidence[] {
  const sorted = [...looks].sort((a, b) => a.at - b.at);
  const ofWindow = new Map<string, InstructionLook>();
  const evidence = sorted.flatMap((look, index) => {
    const before = sorted[index - 1];
    const own = ofWindow.get(look.window);
    ofWindow.set(look.window, look);
    return [byTimes(look), before && byAgreement(before, look), own && byWatching(own, look)];
  });
  return evidence.flatMap((one) => (one !== undefined && one.from <= one.to ? [one] : []));
}

/** Everything that was there, and every folder where something could have been, is as old as this. */
function byTimes({ at, state, untouchedSince, rootSince }: InstructionLook): Evidence {
  return { from: Math.max(untouchedSince, rootSince) + MARGIN_MS, to: at, state };
}

/**
 * Two looks found the same, and nothing was touched in between, nor did anything of the root come or go: it did not become another
 * one and come back.
 */
function byAgreement(before: InstructionLook, look: InstructionLook): Evidence | undefined {
  if (before.state !== look.state || Math.max(look.untouchedSince, look.rootSince) > before.at) return undefined;
  return { from: before.at, to: look.at, state: look.state };
}

/** What a window saw last was there until the window was told of a change. */
function byWatching(own: InstructionLook, look: InstructionLook): Evidence | undefined {
  const { quietUntil, untouchedSince } = look;
  if (quietUntil === undefined) return undefined;
  const touched = untouchedSince > own.at;
  if (quietUntil >= look.at) {
    // Something has changed, and the window was not told: it is not to be relied on.
    if (touched || own.state !== look.state) return undefined;
    return { from: own.at, to: look.at, state: own.state };
  }
  const changed = touched ? Math.min(quietUntil, untouchedSince) : quietUntil;
  return { from: own.at, to: changed - MARGIN_MS, state: own.state };
}

/** The state at a moment; undefined where it is not known, or where what is known contradicts itself. */
export function stateAt(evidence: readonly Evidence[], at: number): string | undefined {
  let found: string | undefined;
  for (const { from, to, state } of evidence) {
    if (from > at || to < at || state === found) continue;
    if (found !== undefined) return undefined;
    found = state;
  }
  return found;
}
