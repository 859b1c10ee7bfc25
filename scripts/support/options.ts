/** The value of `--name=value` on this process's command line, or undefined. */
export function option(name: string): string | undefined {
  const start = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(start))?.slice(start.length);
}

export function flag(name: string): boolean {
  return process.argv.includes(`--${name}`);
}
