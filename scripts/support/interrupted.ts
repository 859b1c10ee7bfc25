/** What asks a program to end; the last one when its terminal is closed. */
const EXITS = (
  [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const
).map(
  ([signal, code]) =>
    [
      signal,
      () => {
        process.exit(code);
      },
    ] as const,
);

/** A program that is asked to end does so by `process.exit`, which what has to be put away listens for. */
export function exitWhenInterrupted(): void {
  for (const [signal, exit] of EXITS) process.once(signal, exit);
}

/**
 * Resolves when this process is asked to end, which here is the ordinary way to end. It is asked several times: a terminal asks
 * every process of a command, and what started this one passes it on; none of that must cut short what goes away meanwhile.
 */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const [signal, exit] of EXITS) {
      // Only ours: what runs TypeScript listens too, and kills a program that does not let it know.
      process.removeListener(signal, exit);
      process.on(signal, () => {
        resolve();
      });
    }
  });
}
