/** Exit codes of commands that a person, the agent or a time limit stopped (124: `timeout`, and Codex): of the tests they tell nothing. */
const STOPPED = new Set([124, 129, 130, 137, 143, 0xc000013a]);

/**
 * Whether a command with this exit code failed; undefined where there is no code and where it does not tell. Agents write a
 * negative code where there was none.
 */
export function failedByExitCode(code: unknown): boolean | undefined {
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 0 || STOPPED.has(code)) {
    return undefined;
  }
  return code !== 0;
}
