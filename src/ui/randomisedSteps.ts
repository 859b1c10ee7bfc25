import { l10n, workspace, RelativePattern, Uri } from 'vscode';
import type { Randomised } from '../api';
import { addedText } from '../assignment/diffText';
import { allocationFraction, ASSIGNABLE_AGENTS, DEFAULT_ALLOCATION, MAX_ASSIGNED_TEXT } from '../domain/assignment';
import type { GitRepository } from '../git/gitApi';
import { agentName } from './format';
import type { Step } from './steps';

/** What a person said of an experiment whose variants the tool draws. */
export interface RandomisedAnswers {
  treatmentText: string;
  controlText: string;
  /** The share of Treatment in percent, as it was written. */
  share: string;
  /** One agent, or all that can take part. */
  agents: string[] | undefined;
  blinded: boolean;
}

/** Where a text can come from besides typing. */
export interface TextSource {
  label: string;
  detail: string;
  text: string;
}

export function randomisedAnswers(given: Randomised | undefined): RandomisedAnswers {
  return {
    treatmentText: given?.treatmentText ?? '',
    controlText: given?.controlText ?? '',
    share: String(Math.round((given?.allocation ?? DEFAULT_ALLOCATION) * 1000) / 10),
    agents: given?.agents,
    blinded: given?.blinded ?? false,
  };
}

export function randomisedOf({ treatmentText, controlText, share, agents, blinded }: RandomisedAnswers): Randomised {
  return {
    treatmentText,
    ...(controlText === '' ? {} : { controlText }),
    allocation: shareOf(share) ?? DEFAULT_ALLOCATION,
    ...(agents === undefined ? {} : { agents }),
    ...(blinded ? { blinded } : {}),
  };
}

function shareOf(text: string): number | undefined {
  const match = /^(\d{1,2}(?:[.,]\d+)?)\s*%?$/.exec(text.trim());
  const share = Number(match?.[1]?.replace(',', '.')) / 100;
  return allocationFraction(share) === undefined ? undefined : share;
}

const INSTRUCTION_FILES =
  '{AGENTS.md,CLAUDE.md,GEMINI.md,.github/copilot-instructions.md,.github/instructions/*.md,.cursor/rules/*,.clinerules/*,.claude/**/*.md}';
const MOST_FILES = 20;

/** The instruction files of a folder (a URI), and what was added to them since the last commit. */
export async function readTextSources(
  repository: GitRepository | undefined,
  folder: string | undefined,
): Promise<TextSource[]> {
  if (folder === undefined) return [];
  const files = await workspace.findFiles(
    new RelativePattern(Uri.parse(folder), INSTRUCTION_FILES),
    '**/node_modules/**',
    MOST_FILES,
  );
  const sources = await Promise.all(files.map((file) => sourcesOf(repository, file)));
  return sources.flat();
}

async function sourcesOf(repository: GitRepository | undefined, file: Uri): Promise<TextSource[]> {
  const name = workspace.asRelativePath(file);
  const [whole, added] = await Promise.all([
    // A file that cannot be read is not offered.
    Promise.resolve(workspace.fs.readFile(file)).then(
      (bytes) => new TextDecoder().decode(bytes).trim(),
      () => '',
    ),
    repository?.diffWithHEAD(file.fsPath).then(addedText, () => '') ?? '',
  ]);
  const fits = (text: string): boolean => text !== '' && text.length <= MAX_ASSIGNED_TEXT;
  return [
    ...(fits(added)
      ? [
          {
            label: l10n.t('Uncommitted Change of {file}', { file: name }),
            detail: l10n.t('The added lines. Take them out of the file afterwards: Control must not have them.'),
            text: added,
          },
        ]
      : []),
    ...(fits(whole)
      ? [
          {
            label: l10n.t('Text of {file}', { file: name }),
            detail: l10n.t('The whole file. Where the agent reads it anyway, Control has it too: move it away.'),
            text: whole,
          },
        ]
      : []),
  ];
}

const TYPED = 'typed';
const KEPT = 'kept';

/** Several agents can be named by a program; they stay. */
function keptAgents({ agents = [] }: RandomisedAnswers): { label: string; detail: string; value: string }[] {
  if (agents.length < 2) return [];
  return [{ label: l10n.t('As Before'), detail: agents.map(agentName).join(', '), value: KEPT }];
}

/** The questions about drawing, as a part of a longer list. */
export function randomisedSteps<A>(
  sources: readonly TextSource[],
  of: (answers: A) => RandomisedAnswers,
  when: (answers: A) => boolean,
): Step<A>[] {
  const chosen = new WeakMap<RandomisedAnswers, string>();
  const checkText = (text: string): string | undefined =>
    text.length > MAX_ASSIGNED_TEXT ? l10n.t('At most {max} characters.', { max: MAX_ASSIGNED_TEXT }) : undefined;
  return [
    {
      kind: 'choice',
      when: (answers) => when(answers) && sources.length > 0,
      placeholder: () => l10n.t('Which text do sessions of Treatment get when they start?'),
      items: () => [
        { label: l10n.t('Type It'), detail: l10n.t('An instruction, a rule or the text of a skill.'), value: TYPED },
        ...sources.map(({ label, detail }, index) => ({ label, detail, value: String(index) })),
      ],
      value: (answers) => chosen.get(of(answers)) ?? TYPED,
      accept: (answers, value) => {
        chosen.set(of(answers), value);
        const source = value === TYPED ? undefined : sources[Number(value)];
        if (source !== undefined) of(answers).treatmentText = source.text;
      },
    },
    {
      kind: 'text',
      when: (answers) => when(answers) && (chosen.get(of(answers)) ?? TYPED) === TYPED,
      prompt: () => l10n.t('Which text do sessions of Treatment get when they start?'),
      placeholder: l10n.t('For example: Read docs/style.md before you change code.'),
      value: (answers) => of(answers).treatmentText,
      check: (text) => (text.trim() === '' ? l10n.t('This is needed.') : checkText(text)),
      accept: (answers, text) => (of(answers).treatmentText = text),
    },
    {
      kind: 'text',
      when,
      prompt: () => l10n.t('Which text do sessions of Control get? Enter leaves it empty: none.'),
      placeholder: l10n.t('Usually none'),
      value: (answers) => of(answers).controlText,
      check: (text, answers) =>
        text.trim() !== '' && text.trim() === of(answers).treatmentText
          ? l10n.t('That is the text of Treatment.')
          : checkText(text),
      accept: (answers, text) => (of(answers).controlText = text),
    },
    {
      kind: 'text',
      when,
      prompt: () => l10n.t('How many percent of the sessions should be Treatment? Half tells most.'),
      placeholder: '50',
      value: (answers) => of(answers).share,
      check: (text) =>
        shareOf(text) === undefined ? l10n.t('A share such as 50, 25, 33.3 or 10 percent.') : undefined,
      accept: (answers, text) => (of(answers).share = text),
    },
    {
      kind: 'choice',
      when,
      placeholder: () => l10n.t('Sessions of which agents take part?'),
      items: (answers) => [
        ...keptAgents(of(answers)),
        { label: l10n.t('All Agents'), detail: l10n.t('Each agent is balanced by itself.'), value: '' },
        ...ASSIGNABLE_AGENTS.map((agent) => ({ label: agentName(agent), value: agent })),
      ],
      value: (answers) => (keptAgents(of(answers)).length > 0 ? KEPT : (of(answers).agents?.[0] ?? '')),
      accept: (answers, value) => {
        if (value !== KEPT) of(answers).agents = value === '' ? undefined : [value];
      },
    },
    {
      kind: 'choice',
      when,
      placeholder: () => l10n.t('May you see variants and effects before there is a verdict?'),
      items: () => [
        { label: l10n.t('Yes'), detail: l10n.t('The verdict stays valid however often you look.'), value: 'open' },
        {
          label: l10n.t('No, Blinded'),
          detail: l10n.t('So that you do not treat the variants differently. You can unblind; the report tells it.'),
          value: 'blinded',
        },
      ],
      value: (answers) => (of(answers).blinded ? 'blinded' : 'open'),
      accept: (answers, value) => (of(answers).blinded = value === 'blinded'),
    },
  ];
}
