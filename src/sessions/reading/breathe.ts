import { setImmediate } from 'node:timers/promises';

/** How long work may run before it lets others have the thread, in ms. */
const SLICE_MS = 5;

/** Lets long work pause now and then, so that the thread that it shares is never held for long. */
export class Breather {
  private since = performance.now();

  /** True once the current slice is used up: then `await pause()`. */
  get due(): boolean {
    return performance.now() - this.since > SLICE_MS;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.since = performance.now();
  }
}
