export const SETTLE_MS = 300;
export const POLL_MS = 1_500;
/**
 * Looks may take one twentieth of the time, so that a large history is looked at less often. One slow look, as the first always
 * is, says nothing of the next.
 */
export const POLL_SHARE = 20;

export interface Looking {
  /** Reads the sessions. */
  look(): Promise<void>;
  /** Somebody can see the sessions, or an experiment needs them. */
  wanted(): boolean;
  focused(): boolean;
  /** Milliseconds that only go forward. */
  now(): number;
  /** Runs something later; what it returns takes that back. */
  later(milliseconds: number, run: () => void): () => void;
}

/** When to look: shortly after a sign of a change, several signs becoming one look, and now and then for what gives no sign. */
export class LookSchedule {
  private cancelSettling: (() => void) | undefined;
  private cancelPoll: (() => void) | undefined;
  private looked = false;
  private lastTook = 0;
  private disposed = false;

  constructor(private readonly looking: Looking) {
    this.pollAfter(POLL_MS);
  }

  /** There was a sign. */
  soon(): void {
    if (this.disposed || !this.looking.wanted() || this.cancelSettling !== undefined) return;
    // The first time, somebody waits for the sessions.
    this.cancelSettling = this.looking.later(this.looked ? SETTLE_MS : 0, () => {
      this.cancelSettling = undefined;
      void this.look();
    });
  }

  private async look(): Promise<void> {
    this.looked = true;
    const started = this.looking.now();
    await this.looking.look();
    const took = this.looking.now() - started;
    this.pollAfter(Math.max(POLL_MS, POLL_SHARE * Math.min(took, this.lastTook)));
    this.lastTook = took;
  }

  private pollAfter(milliseconds: number): void {
    this.cancelPoll?.();
    if (this.disposed) return;
    this.cancelPoll = this.looking.later(milliseconds, () => {
      if (this.looking.focused() && this.looking.wanted()) void this.look();
      else this.pollAfter(POLL_MS);
    });
  }

  dispose(): void {
    this.disposed = true;
    this.cancelPoll?.();
    this.cancelSettling?.();
  }
}
