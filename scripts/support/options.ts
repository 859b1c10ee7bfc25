import { EDITOR_VERSIONS, isEditorVersion, type EditorVersion } from '../editor/versions';

/** The value of `--name=value` on this process's command line, or undefined. */
export function option(name: string): string | undefined {
  const start = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(start))?.slice(start.length);
}

export function flag(name: string): boolean {
  return process.argv.includes(`--${name}`);
}

/** The editor versions that `--editor=` chooses, else the default. */
export function editorOption(otherwise: readonly EditorVersion[]): readonly EditorVersion[] {
  const chosen = option('editor');
  if (chosen === undefined) {
    return otherwise;
  }
  if (!isEditorVersion(chosen)) {
    throw new Error(`--editor is one of ${EDITOR_VERSIONS.join(', ')}.`);
  }
  return [chosen];
}
