/** Runs jobs one after the other, in the order in which they came. A job that fails does not stop the next. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  add<T>(job: () => Promise<T>): Promise<T> {
    const run = this.#last.then(job, job);
    this.#last = run.catch(() => undefined);
    return run;
  }
}
