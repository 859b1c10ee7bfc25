import { ancestryFrom, type Ancestry, type AncestryUnknown } from '../domain/binding';

/** What is asked of one repository. Commits are named by their ids. */
export interface CommitGraph {
  /** Undefined where there is no common ancestor, where a commit is missing, and where git failed. */
  mergeBase(a: string, b: string): Promise<string | undefined>;
  /** The full id of a commit that is in the repository. */
  resolve(id: string): Promise<string | undefined>;
  /** Whether its history is cut. */
  isShallow(): Promise<boolean>;
}

/** A start commit and the commit of an experiment. `graph`: the repository of the session; undefined where none is open. */
export interface Question {
  start: string;
  commit: string;
  graph: CommitGraph | undefined;
}

interface Answer {
  ancestry: Ancestry;
  /** What is unknown may become known: it is asked again after a while. ms since the epoch. */
  askAgainAt?: number;
}

/** Pairs that are remembered. An answer never changes, so only memory limits them. */
const MAX_PAIRS = 20_000;
const UNKNOWN_HOLDS_MS = 60_000;
const AT_ONCE = 4;

/** Only ids reach git: a name could move, or be an option. */
const COMMIT_ID = /^[0-9a-f]{4,64}$/i;
const isFullId = (id: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id);
export const isCommitId = (id: string): boolean => COMMIT_ID.test(id);

const isUnknown = (ancestry: Ancestry): ancestry is AncestryUnknown =>
  ancestry !== 'contains' && ancestry !== 'before' && ancestry !== 'apart';

/** How start commits stand to the commits of experiments, as far as git was asked. */
export class Ancestries {
  private readonly answers = new Map<string, Answer>();

  constructor(private readonly now: () => number) {}

  get(start: string, commit: string): Ancestry {
    return this.answers.get(keyOf(start, commit))?.ancestry ?? 'notYetKnown';
  }

  /**
   * Asks what is not known yet, each pair once; with `again`, also what git could not tell a moment ago. Whether an answer is
   * another than before. Never rejects.
   */
  async ask(questions: readonly Question[], again = false): Promise<boolean> {
    const open = new Map<string, Question>();
    for (const question of questions) {
      const key = keyOf(question.start, question.commit);
      const known = this.answers.get(key);
      const askAgainAt = again && known?.askAgainAt !== undefined ? 0 : known?.askAgainAt;
      if (known === undefined || (askAgainAt ?? Infinity) <= this.now()) open.set(key, question);
    }
    let changed = false;
    const waiting = open.entries();
    const work = async (): Promise<void> => {
      for (const [key, question] of waiting) {
        const ancestry = await answer(question).catch((): Ancestry => 'noRepository');
        changed = this.keep(key, ancestry) || changed;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return changed;
  }

  private keep(key: string, ancestry: Ancestry): boolean {
    const before = this.answers.get(key)?.ancestry;
    this.answers.delete(key);
    this.answers.set(key, isUnknown(ancestry) ? { ancestry, askAgainAt: this.now() + UNKNOWN_HOLDS_MS } : { ancestry });
    const [oldest] = this.answers.keys();
    if (this.answers.size > MAX_PAIRS && oldest !== undefined) this.answers.delete(oldest);
    return before !== ancestry;
  }
}

const keyOf = (start: string, commit: string): string => `${start} ${commit}`;

async function answer({ start, commit, graph }: Question): Promise<Ancestry> {
  if (!isCommitId(start)) return 'startCommitGone';
  if (!isCommitId(commit)) return 'experimentCommitGone';
  if (graph === undefined) return 'noRepository';
  const full = async (id: string): Promise<string | undefined> => (isFullId(id) ? id : graph.resolve(id));
  const [fullStart, fullCommit] = [await full(start), await full(commit)];
  if (fullStart === undefined) return 'startCommitGone';
  if (fullCommit === undefined) return 'experimentCommitGone';
  const mergeBase = await graph.mergeBase(fullStart, fullCommit);
  if (mergeBase !== undefined) return ancestryFrom(fullStart, fullCommit, mergeBase, await graph.isShallow());
  if ((await graph.resolve(fullStart)) === undefined) return 'startCommitGone';
  if ((await graph.resolve(fullCommit)) === undefined) return 'experimentCommitGone';
  return (await graph.isShallow()) ? 'shallowHistory' : 'unrelatedHistory';
}
