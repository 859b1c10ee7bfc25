import { l10n } from 'vscode';
import type { Binding } from '../api';
import { AT_START } from '../domain/binding';
import type { GitRepository } from '../git/gitApi';
import { commitText, pairProblem, repositoryOf, type BindingParts } from './bindingChecks';
import { branchesOf, commitIn, diskPath, type CommitInfo } from './gitRepositories';
import { readInstructionSource, type InstructionSource } from './instructionSources';
import {
  fileNames,
  instructionItems,
  laterItem,
  shortDigest,
  sinceText,
  type InstructionItem,
} from './instructionSteps';
import type { Step } from './steps';

/** What a person said of how sessions are told apart. */
export interface BindingAnswers {
  /** `Randomised`: the tool draws, and there is no binding. */
  kind: Binding['kind'] | 'Randomised';
  /** The two commits as they were written, names of branches, or fingerprints. */
  control: string;
  treatment: string;
  /** The commits that were found. */
  controlCommit?: CommitInfo;
  treatmentCommit?: CommitInfo;
  /** What the person was shown of the two fingerprints. */
  labels?: { control?: string; treatment?: string };
  /** What a draft has, where it is kept as it is. */
  given?: Binding;
}

/** What the folder and its repository offer. */
export interface BindingSource {
  instructions?: InstructionSource;
  repository?: GitRepository;
  head?: CommitInfo;
  parent?: CommitInfo;
  branches: readonly string[];
}

export async function readBindingSource(
  { git, instructions }: BindingParts,
  folder: string | undefined,
): Promise<BindingSource> {
  const repository = await repositoryOf(git, folder);
  const states = await readInstructionSource(instructions, repository, diskPath(folder));
  const files = states === undefined ? {} : { instructions: states };
  if (repository === undefined) return { ...files, branches: [] };
  const [head, parent, branches] = await Promise.all([
    commitIn(repository, 'HEAD'),
    commitIn(repository, 'HEAD~1'),
    branchesOf(repository).catch(() => new Map<string, string>()),
  ]);
  return {
    ...files,
    repository,
    ...(head === undefined ? {} : { head }),
    ...(parent === undefined ? {} : { parent }),
    branches: [...branches.keys()].sort(),
  };
}

export function bindingAnswers(given: Binding | undefined, randomised: boolean): BindingAnswers {
  if (given === undefined || randomised) return { kind: 'Randomised', control: '', treatment: '' };
  switch (given.kind) {
    case 'GitCommit':
      return { kind: given.kind, control: given.controlCommit, treatment: given.treatmentCommit, given };
    case 'Branch':
      return { kind: given.kind, control: given.controlBranch, treatment: given.treatmentBranch, given };
    case 'PromptFingerprint':
      return { kind: given.kind, control: given.controlFingerprint, treatment: given.treatmentFingerprint, given };
    default:
      return { kind: given.kind, control: '', treatment: '', given };
  }
}

export function bindingOf({
  kind,
  control,
  treatment,
  controlCommit,
  treatmentCommit,
  given,
}: BindingAnswers): Binding {
  switch (kind) {
    case 'GitCommit':
      return {
        kind,
        controlCommit: controlCommit?.id ?? control,
        treatmentCommit: treatmentCommit?.id ?? treatment,
      };
    case 'Branch':
      return { kind, controlBranch: control, treatmentBranch: treatment };
    case 'PromptFingerprint':
      return { kind, controlFingerprint: control, treatmentFingerprint: treatment };
    default:
      return given?.kind === kind ? given : { kind: 'ManualTag' };
  }
}

/** Both sides in one line; undefined where people tag by hand. */
export function bindingSummary(answers: BindingAnswers): string | undefined {
  const { kind, control, treatment, controlCommit, treatmentCommit, labels } = answers;
  if (kind === 'GitCommit' && controlCommit !== undefined && treatmentCommit !== undefined) {
    return sides(commitText(controlCommit), commitText(treatmentCommit));
  }
  if (kind === 'PromptFingerprint') {
    return sides(labels?.control ?? shortDigest(control), labels?.treatment ?? shortDigest(treatment));
  }
  return kind === 'Branch' ? sides(control, treatment) : undefined;
}

/** Whether the person is yet to write what Treatment is. */
export const isLater = ({ kind, treatment }: BindingAnswers): boolean =>
  kind === 'PromptFingerprint' && treatment === AT_START;

const sides = (control: string, treatment: string): string =>
  l10n.t('Control: {control}, Treatment: {treatment}', { control, treatment });

/** The questions about the binding, as a part of a longer list. */
export function bindingSteps<A>(source: BindingSource, of: (answers: A) => BindingAnswers): Step<A>[] {
  const isKind =
    (kind: Binding['kind']) =>
    (answers: A): boolean =>
      of(answers).kind === kind;
  return [
    {
      kind: 'choice',
      placeholder: () => l10n.t('How are the sessions of the two variants told apart?'),
      items: (answers) => kindItems(source, of(answers)),
      value: (answers) => of(answers).kind,
      accept: (answers, value) => {
        const binding = of(answers);
        const kind = kindItems(source, binding).find((item) => item.value === value)?.value ?? binding.kind;
        if (kind === binding.kind) return;
        binding.kind = kind;
        Object.assign(binding, proposed(kind, source));
      },
    },
    {
      kind: 'text',
      when: isKind('GitCommit'),
      prompt: () => l10n.t('Which commit holds the change? {proposal}', { proposal: proposal('HEAD', source.head) }),
      placeholder: l10n.t('The id of a commit, or HEAD'),
      value: (answers) => of(answers).treatment,
      check: async (text) => ((await find(source, text)) === undefined ? notThere(text) : undefined),
      accept: (answers, text) => (of(answers).treatment = text),
    },
    {
      kind: 'text',
      when: isKind('GitCommit'),
      prompt: () =>
        l10n.t('From which commit on do sessions count as Control? {proposal}', {
          proposal: proposal('HEAD~1', source.parent),
        }),
      placeholder: l10n.t('The id of a commit, or HEAD~1'),
      value: (answers) => of(answers).control,
      check: (text, answers) => checkControl(source, text, of(answers)),
      accept: (answers, text) => (of(answers).control = text),
    },
    ...(['treatment', 'control'] as const).map((side): Step<A> => ({
      kind: 'choice',
      when: isKind('Branch'),
      placeholder: () =>
        side === 'treatment' ? l10n.t('Which branch has the change?') : l10n.t('Which branch is without it?'),
      items: (answers) =>
        source.branches
          .filter((name) => side === 'treatment' || name !== of(answers).treatment)
          .map((name) => ({ label: name, value: name })),
      value: (answers) => of(answers)[side],
      accept: (answers, value) => (of(answers)[side] = value),
    })),
    ...(['treatment', 'control'] as const).map((side): Step<A> => ({
      kind: 'choice',
      when: isKind('PromptFingerprint'),
      placeholder: () =>
        side === 'treatment'
          ? l10n.t('What do the instruction files say in Treatment, with the change?')
          : l10n.t('What do the instruction files say in Control, without the change?'),
      items: (answers) => stateItems(source, of(answers), side),
      value: (answers) => of(answers)[side],
      accept: (answers, value) => {
        const binding = of(answers);
        const chosen = stateItems(source, binding, side).find((item) => item.value === value);
        binding[side] = value;
        binding.labels = { ...binding.labels, [side]: chosen?.label ?? shortDigest(value) };
      },
    })),
  ];
}

/** What a person usually means: the commit just made, or what is not committed yet. */
function proposed(
  kind: BindingAnswers['kind'],
  { head, parent, instructions }: BindingSource,
): Pick<BindingAnswers, 'control' | 'treatment'> {
  if (kind === 'GitCommit') return { treatment: head?.id.slice(0, 10) ?? '', control: parent?.id.slice(0, 10) ?? '' };
  if (kind !== 'PromptFingerprint' || instructions === undefined) return { treatment: '', control: '' };
  const { present, head: committed } = instructions;
  return committed === undefined
    ? { treatment: AT_START, control: present.fingerprint }
    : { treatment: present.fingerprint, control: committed.fingerprint };
}

function stateItems(
  { instructions }: BindingSource,
  { given, treatment }: BindingAnswers,
  side: 'treatment' | 'control',
): InstructionItem[] {
  if (instructions === undefined) return [];
  const items = instructionItems(instructions, given);
  if (side === 'control') return items.filter(({ value }) => value !== treatment);
  // With one state, only the other side can be it.
  return items.length === 1 ? [laterItem()] : [...items, laterItem()];
}

function kindItems(
  source: BindingSource,
  answers: BindingAnswers,
): { label: string; detail: string; value: BindingAnswers['kind'] }[] {
  const items: ReturnType<typeof kindItems> = [
    {
      label: l10n.t('Randomised (Recommended)'),
      detail: l10n.t('Drawn at the start of each session, so that only the change can differ.'),
      value: 'Randomised',
    },
    {
      label: l10n.t('By Hand'),
      detail:
        source.repository === undefined
          ? l10n.t('You tag each session. (Commits and branches can be chosen where a git repository is open.)')
          : l10n.t('You tag each session as Control or Treatment.'),
      value: 'ManualTag',
    },
  ];
  if (source.head !== undefined) {
    const detail =
      source.parent === undefined
        ? l10n.t('Sessions that start with the commit are Treatment.')
        : sides(commitText(source.parent), commitText(source.head));
    items.push({ label: l10n.t('By Commit'), detail, value: 'GitCommit' });
  }
  if (source.branches.length > 1) {
    const detail = l10n.t('By the branch that is checked out when a session starts.');
    items.push({ label: l10n.t('By Branch'), detail, value: 'Branch' });
  }
  if (source.instructions !== undefined) {
    items.push({
      label: l10n.t('By Instruction Files'),
      detail: instructionsDetail(source.instructions),
      value: 'PromptFingerprint',
    });
  }
  const { given } = answers;
  if (given !== undefined && !items.some(({ value }) => value === given.kind)) {
    items.push({ label: l10n.t('As Before'), detail: given.kind, value: given.kind });
  }
  return items;
}

function instructionsDetail({ present, head }: InstructionSource): string {
  if (head !== undefined) {
    const changes = sinceText(head.files, present.files);
    return l10n.t('Control: the last commit, Treatment: as they are now ({changes})', { changes });
  }
  return l10n.t('By what they say when a session starts: {files}', { files: fileNames(present.files) });
}

const proposal = (name: string, commit: CommitInfo | undefined): string =>
  commit === undefined ? '' : l10n.t('{name} is {commit}.', { name, commit: commitText(commit) });

const notThere = (text: string): string => l10n.t('The repository has no commit “{commit}”.', { commit: text.trim() });

const find = async ({ repository }: BindingSource, text: string): Promise<CommitInfo | undefined> =>
  repository && commitIn(repository, text.trim());

async function checkControl(source: BindingSource, text: string, answers: BindingAnswers): Promise<string | undefined> {
  const control = await find(source, text);
  const treatment = await find(source, answers.treatment);
  if (source.repository === undefined || control === undefined) return notThere(text);
  if (treatment === undefined) return notThere(answers.treatment);
  const problem = await pairProblem(source.repository, control, treatment);
  if (problem === undefined) Object.assign(answers, { controlCommit: control, treatmentCommit: treatment });
  return problem;
}
