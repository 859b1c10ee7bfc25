/**
 * Resolves when this process is asked to end, which here is the ordinary way to end. It is asked several times: a terminal asks
 * every process of a command, and what started this one passes it on; none of that must cut short what goes away meanwhile.
 */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => {
        resolve();
      });
    }
  });
}
