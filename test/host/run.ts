/**
 * Runs the host suite in each editor version.
 *
 *   tsx test/host/run.ts [--editor=1.100|1.139] [--file=PART_OF_PATH] [--vsix=FILE]
 *
 * With --vsix the packed extension is installed into an empty extensions folder, and the extension under development is an empty
 * one: what is tested is what a user gets.
 */
import { projectFolder } from '../../scripts/editor/paths';
import { runOrThrow } from '../../scripts/editor/run';
import { EDITOR_VERSIONS, isEditorVersion, type EditorVersion } from '../../scripts/editor/versions';
import { add, NONE, reportCounts } from '../../scripts/support/counts';
import { option } from '../../scripts/support/options';
import { runHostSuite } from './support/hostRun';

async function main(): Promise<number> {
  const vsix = option('vsix');
  await runOrThrow(process.execPath, ['scripts/build.mjs', '--tests'], { cwd: projectFolder });
  let counts = NONE;
  for (const version of chosenVersions()) {
    console.log(`\n== Host tests in VS Code ${version}${vsix === undefined ? '' : ` on ${vsix}`}`);
    counts = add(counts, await runHostSuite({ version, filter: option('file'), vsix }));
  }
  return reportCounts(vsix === undefined ? 'host' : 'host on the VSIX', counts);
}

function chosenVersions(): readonly EditorVersion[] {
  const chosen = option('editor');
  if (chosen === undefined) {
    return EDITOR_VERSIONS;
  }
  if (!isEditorVersion(chosen)) {
    throw new Error(`--editor is one of ${EDITOR_VERSIONS.join(', ')}.`);
  }
  return [chosen];
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
