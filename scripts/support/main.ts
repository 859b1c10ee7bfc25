import { exitWhenInterrupted } from './interrupted';

/**
 * Runs a program's main function; its result is the exit code, and an error is printed and counts as 1. A program that is
 * interrupted still ends by `process.exit`, so that servers and temporary folders, which listen for that, go away with it.
 */
export function runMain(main: () => Promise<number>): void {
  exitWhenInterrupted();
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
