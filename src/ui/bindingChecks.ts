import { l10n } from 'vscode';
import type { Binding, Experiment, PinnedTips } from '../api';
import { CommandError } from './commands/app';
import { branchesOf, commitIn, diskPath, type CommitInfo, type GitRepositories } from './gitRepositories';
import type { GitRepository } from '../git/gitApi';
import type { InstructionStates } from '../instructions/instructionStates';
import { readInstructionSource } from './instructionSources';
import { fileNames, sinceText } from './instructionSteps';
import { problemText } from './texts';
import { instructionFolder } from './bindingFacts';
import { AT_START, isOpenAtStart } from '../domain/binding';

/** `abc1234 “Subject”` */
export function commitText({ id, subject }: CommitInfo): string {
  return l10n.t('{commit} “{subject}”', { commit: id.slice(0, 7), subject });
}

/** What tells sessions apart. */
export interface BindingParts {
  git: GitRepositories;
  instructions: InstructionStates;
}

/** The repository of an experiment's folder (a URI). */
export async function repositoryOf(
  git: GitRepositories,
  folder: string | undefined,
): Promise<GitRepository | undefined> {
  const path = diskPath(folder);
  return path === undefined ? undefined : git.repositoryOf(path);
}

/**
 * The binding with the full ids of its commits, or the fingerprints of its states, so that what they mean cannot change. Throws
 * CommandError where a commit is not in the repository of the folder (a URI), or where no session could ever be Control.
 */
export async function checkedBinding(
  parts: BindingParts,
  binding: Binding,
  folder: string | undefined,
): Promise<Binding> {
  if (binding.kind === 'GitCommit') return checkedCommits(parts.git, binding, folder);
  return binding.kind === 'PromptFingerprint' ? checkedFingerprints(parts, binding, folder) : binding;
}

async function checkedCommits(
  git: GitRepositories,
  binding: Extract<Binding, { kind: 'GitCommit' }>,
  folder: string | undefined,
): Promise<Binding> {
  const repository = await repositoryOf(git, folder);
  if (repository === undefined) {
    throw new CommandError(
      l10n.t(
        'The commits cannot be checked: no git repository is open for the folder. Open the folder of a repository, trust it, and see that the Git extension is enabled.',
      ),
    );
  }
  const control = await commitIn(repository, binding.controlCommit);
  const treatment = await commitIn(repository, binding.treatmentCommit);
  if (control === undefined) throw new CommandError(missingCommit('binding.controlCommit', binding.controlCommit));
  if (treatment === undefined)
    throw new CommandError(missingCommit('binding.treatmentCommit', binding.treatmentCommit));
  const problem = await pairProblem(repository, control, treatment);
  if (problem !== undefined) throw new CommandError(problem);
  return { kind: 'GitCommit', controlCommit: control.id, treatmentCommit: treatment.id };
}

const missingCommit = (field: string, commit: string): string =>
  l10n.t('{field}: the repository has no commit “{commit}”. Pass the id of a commit, or HEAD.', { field, commit });

const isFingerprint = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** With `now` and `head` replaced by what they stand for. */
async function checkedFingerprints(
  parts: BindingParts,
  binding: Extract<Binding, { kind: 'PromptFingerprint' }>,
  folder: string | undefined,
): Promise<Binding> {
  const { controlFingerprint: control, treatmentFingerprint: treatment } = binding;
  const isNamed = (fingerprint: string): boolean => fingerprint === 'now' || fingerprint === 'head';
  for (const [field, fingerprint] of [
    ['binding.controlFingerprint', control],
    ['binding.treatmentFingerprint', treatment],
  ] as const) {
    const later = fingerprint === AT_START && field === 'binding.treatmentFingerprint';
    if (isNamed(fingerprint) || isFingerprint(fingerprint) || later) continue;
    throw new CommandError(
      l10n.t('{field}: no session can have “{fingerprint}”. Pass a fingerprint of 64 digits, now or head.', {
        field,
        fingerprint,
      }),
    );
  }
  if (!isNamed(control) && !isNamed(treatment)) return binding;
  const states = await readInstructionSource(
    parts.instructions,
    await repositoryOf(parts.git, folder),
    diskPath(folder),
  );
  if (states === undefined) {
    throw new CommandError(
      l10n.t('The instruction files cannot be read. Open the folder that the experiment is about, and see the log.'),
    );
  }
  if (states.headUnknown === true && (control === 'head' || treatment === 'head')) {
    throw new CommandError(
      l10n.t(
        'What the last commit says in its instruction files is not known: no git repository is open for the folder, or it is not trusted.',
      ),
    );
  }
  const { present, head = present } = states;
  const resolved = (fingerprint: string): string =>
    isNamed(fingerprint) ? (fingerprint === 'now' ? present : head).fingerprint : fingerprint;
  const [controlFingerprint, treatmentFingerprint] = [resolved(control), resolved(treatment)];
  if (controlFingerprint === treatmentFingerprint) {
    throw new CommandError(problemText({ field: 'binding.treatmentFingerprint', code: 'sameOnBothSides' }));
  }
  return { ...binding, controlFingerprint, treatmentFingerprint };
}

/** Why two commits cannot be compared. */
export async function pairProblem(
  repository: GitRepository,
  control: CommitInfo,
  treatment: CommitInfo,
): Promise<string | undefined> {
  if (control.id === treatment.id) return l10n.t('Both are the same commit.');
  if ((await repository.getMergeBase(control.id, treatment.id)) !== treatment.id) return undefined;
  return l10n.t(
    'The Control commit {control} already contains the Treatment commit {treatment}, so no session could be Control. Are they the wrong way round?',
    { control: commitText(control), treatment: commitText(treatment) },
  );
}

/** The tips of the two branches now, as far as the branches exist; undefined for other bindings. */
export async function tipsOf(
  git: GitRepositories,
  { binding, workspace }: Experiment,
): Promise<PinnedTips | undefined> {
  if (binding.kind !== 'Branch') return undefined;
  const repository = await repositoryOf(git, workspace);
  if (repository === undefined) return {};
  const branches = await branchesOf(repository).catch(() => new Map<string, string>());
  const [control, treatment] = [branches.get(binding.controlBranch), branches.get(binding.treatmentBranch)];
  return { ...(control === undefined ? {} : { control }), ...(treatment === undefined ? {} : { treatment }) };
}

/**
 * The fingerprint of the instruction files now, for a binding that leaves Treatment to the start; undefined for others. Throws
 * CommandError where they cannot be read.
 */
export async function fingerprintAtStart(
  { instructions }: BindingParts,
  experiment: Experiment,
): Promise<{ fingerprint: string; changes: string } | undefined> {
  const folder = instructionFolder(experiment);
  const { binding, name } = experiment;
  if (binding.kind !== 'PromptFingerprint' || !isOpenAtStart(binding)) return undefined;
  try {
    if (folder === undefined) throw new Error(l10n.t('The experiment belongs to no folder.'));
    const { fingerprint, files } = await instructions.present(folder);
    const before = instructions.filesOf(folder, binding.controlFingerprint);
    return { fingerprint, changes: before === undefined ? fileNames(files) : sinceText(before, files) };
  } catch (error) {
    throw new CommandError(
      l10n.t('“{name}” was not started: the instruction files cannot be read. {detail}', {
        name,
        detail: error instanceof Error ? error.message : String(error),
      }),
    );
  }
}
