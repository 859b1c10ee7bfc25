import { copiedEvents, NOTHING_USED, sameUsage, takenOver } from './codexCounter';
import type { CodexUsage, CounterEvent } from './codexCounter';
import type { CodexFacts, CodexPrompt } from './codexFacts';

/** What of a rollout is its own. A fork or sub-agent may begin with a copy of another thread's records. */
export interface OwnPart {
  events: readonly CounterEvent[];
  /** What was used before the first of `events`. */
  base: CodexUsage;
  /** False where the file may begin with a copy that nothing is left to compare with. */
  countsKnown: boolean;
  ownsCall(id: string): boolean;
  /** For what happened at this place of the file. */
  ownsPlace(order: number): boolean;
  ownsPrompt(prompt: CodexPrompt): boolean;
}

export interface Relatives {
  /** The threads that this one was forked from or spawned by, and earlier files of the same thread. */
  ancestors: readonly CodexFacts[];
  /** Forks of the same thread, where that one is gone. */
  siblings: readonly CodexFacts[];
  /** `ancestors` holds an earlier file of the same thread. */
  continued: boolean;
}

export function ownPart(facts: CodexFacts, relatives: Relatives): OwnPart {
  const { meta } = facts;
  const others = relatives.ancestors.length > 0 ? relatives.ancestors : relatives.siblings;
  // A sub-agent begins anew unless something shows that it was given its parent's history; equal counts alone are no sign.
  const mayHoldCopy = meta?.forkedFrom !== undefined || facts.holdsForeignMeta || relatives.continued;
  const compared = mayHoldCopy ? others : [];
  const copied = Math.max(0, ...compared.map((other) => copiedEvents(facts.events, other.events)));
  const lastCopy = facts.events[copied - 1];
  const foreignCalls = new Set(others.flatMap((other) => [...other.calls.keys()]));
  const foreignTurns = new Set(others.flatMap((other) => [...other.turns.keys()]));
  const copyEnd = Math.max(
    lastCopy?.order ?? 0,
    ...[...facts.calls].filter(([id]) => foreignCalls.has(id)).map(([, { order }]) => order),
    ...[...facts.turns].filter(([turn]) => foreignTurns.has(turn)).map(([, order]) => order),
  );
  const goesOn = mayHoldCopy || meta?.basedOn !== undefined || meta?.parentThread !== undefined;
  return {
    events: facts.events.slice(copied),
    base: lastCopy?.total ?? facts.history ?? (goesOn ? takenOver(facts.events) : NOTHING_USED),
    countsKnown: copied > 0 || others.length > 0 || !isUnresolvedFork(facts),
    ownsCall: (id) => !foreignCalls.has(id),
    ownsPlace: (order) => order > copyEnd,
    ownsPrompt: ({ order, turn }) => order > copyEnd && (turn === undefined || !foreignTurns.has(turn)),
  };
}

/** A fork whose counter begins at nothing holds its parent's events, as far as anyone knows. */
function isUnresolvedFork({ meta, events }: CodexFacts): boolean {
  const [first] = events;
  return meta?.forkedFrom !== undefined && meta.basedOn === undefined && sameUsage(first?.total, first?.last);
}
