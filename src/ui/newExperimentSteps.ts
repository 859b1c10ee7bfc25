import { l10n } from 'vscode';
import { METRICS, type Experiment, type ExperimentInput, type Metric } from '../api';
import { betterDirection } from '../domain/metrics';
import { MAX_DURATION_DAYS, MAX_NAME_LENGTH, MAX_TEXT_LENGTH } from '../domain/validation';
import type { BindingParts } from './bindingChecks';
import {
  bindingAnswers,
  bindingOf,
  bindingSteps,
  bindingSummary,
  isLater,
  readBindingSource,
  type BindingAnswers,
  type BindingSource,
} from './bindingSteps';
import {
  randomisedAnswers,
  randomisedOf,
  randomisedSteps,
  readTextSources,
  type RandomisedAnswers,
  type TextSource,
} from './randomisedSteps';
import { askSteps, type Step } from './steps';
import { metricText } from './texts';

interface Answers {
  name: string;
  changeDescription: string;
  hypothesis: string;
  metric: Metric;
  target: string;
  duration: string;
  start: boolean;
  binding: BindingAnswers;
  randomised: RandomisedAnswers;
}

const text =
  (max: number, required: boolean) =>
  (value: string): string | undefined => {
    if (required && value.trim() === '') return l10n.t('This is needed.');
    return value.length > max ? l10n.t('At most {max} characters.', { max }) : undefined;
  };

/** A percentage such as 10, 10% or -10: the metric says which way. */
export function parsePercent(value: string): number | undefined {
  const match = /^[-+−]?\s*(\d+(?:[.,]\d+)?)\s*%?$/.exec(value.trim());
  const number = match?.[1] === undefined ? NaN : Number(match[1].replace(',', '.'));
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function checkTarget(value: string): string | undefined {
  const percent = parsePercent(value);
  if (percent === undefined) return l10n.t('A percentage above 0, for example 15.');
  return percent < 100 ? undefined : l10n.t('Below 100%.');
}

function checkDays(value: string): string | undefined {
  const days = Number(value);
  return Number.isInteger(days) && days >= 1 && days <= MAX_DURATION_DAYS
    ? undefined
    : l10n.t('A whole number of days, from 1 to {max}.', { max: MAX_DURATION_DAYS });
}

function steps({ source, texts, ready }: Offers): Step<Answers>[] {
  return [
    {
      kind: 'text',
      prompt: () => l10n.t('What do you call this experiment?'),
      placeholder: l10n.t('For example: Shorter AGENTS.md'),
      value: (answers) => answers.name,
      check: text(MAX_NAME_LENGTH, true),
      accept: (answers, value) => (answers.name = value),
    },
    {
      kind: 'text',
      prompt: () => l10n.t('What is different in Treatment? Control is how it was before.'),
      placeholder: l10n.t('For example: the rules file is cut from 400 to 60 lines'),
      value: (answers) => answers.changeDescription,
      check: text(MAX_TEXT_LENGTH, true),
      accept: (answers, value) => (answers.changeDescription = value),
    },
    {
      kind: 'text',
      prompt: () => l10n.t('What do you expect, and why? Enter leaves it empty.'),
      placeholder: l10n.t('For example: fewer tokens, since less is read at every start'),
      value: (answers) => answers.hypothesis,
      check: text(MAX_TEXT_LENGTH, false),
      accept: (answers, value) => (answers.hypothesis = value),
    },
    {
      kind: 'choice',
      placeholder: () => l10n.t('Which number decides?'),
      items: () => METRICS.map((metric) => ({ ...metricText(metric), value: metric })),
      value: (answers) => answers.metric,
      accept: (answers, value) => (answers.metric = METRICS.find((metric) => metric === value) ?? answers.metric),
    },
    {
      kind: 'text',
      prompt: () => l10n.t('From how many percent of improvement is the change worth keeping?'),
      placeholder: l10n.t('For example: 15'),
      value: (answers) => answers.target,
      check: checkTarget,
      accept: (answers, value) => (answers.target = value),
    },
    {
      kind: 'text',
      prompt: () => l10n.t('For how many days do you plan to collect sessions?'),
      placeholder: '14',
      value: (answers) => answers.duration,
      check: checkDays,
      accept: (answers, value) => (answers.duration = value),
    },
    ...bindingSteps<Answers>(source, ({ binding }) => binding).map((step) => ({ ...step, ready })),
    ...randomisedSteps<Answers>(
      texts,
      ({ randomised }) => randomised,
      ({ binding }) => binding.kind === 'Randomised',
    ),
    {
      kind: 'choice',
      when: ({ binding }) => !isLater(binding),
      placeholder: ({ binding }) => startPrompt(binding),
      items: () => [
        { label: l10n.t('Start Now'), detail: l10n.t('Tags go to this experiment from now on.'), value: 'start' },
        { label: l10n.t('Keep as Draft'), detail: l10n.t('Start it later from the Experiments view.'), value: 'draft' },
      ],
      value: (answers) => (answers.start ? 'start' : 'draft'),
      accept: (answers, value) => (answers.start = value === 'start'),
    },
  ];
}

function startPrompt(binding: BindingAnswers): string {
  if (binding.kind === 'Randomised') return l10n.t('Start now? Sessions that start from then on are drawn.');
  const summary = bindingSummary(binding);
  return summary === undefined
    ? l10n.t('Start now? Sessions can be tagged once it runs.')
    : l10n.t('{summary}. Start now?', { summary });
}

/** What the questions begin with for a draft that is there. */
function answersOf(draft: Experiment | undefined): Answers {
  const criterion = draft?.successCriterion;
  return {
    name: draft?.name ?? '',
    changeDescription: draft?.changeDescription ?? '',
    hypothesis: draft?.hypothesis ?? '',
    metric: draft?.metric ?? 'TokensPerSession',
    target: criterion?.kind === 'Delta' ? String(Math.abs(criterion.targetPct)) : '15',
    duration: String(draft?.durationDays ?? 14),
    start: draft === undefined,
    binding: bindingAnswers(draft?.binding, draft?.randomised !== undefined),
    randomised: randomisedAnswers(draft?.randomised),
  };
}

/** What the folder and its repository offer. The Git extension may need seconds to look, so what is asked first does not wait. */
interface Offers {
  source: BindingSource;
  texts: TextSource[];
  ready: Promise<void>;
}

function beginReading(parts: BindingParts, folder: string | undefined): Offers {
  const source: BindingSource = { branches: [] };
  const texts: TextSource[] = [];
  const read = async (): Promise<void> => {
    Object.assign(source, await readBindingSource(parts, folder));
    texts.push(...(await readTextSources(source.repository, folder)));
  };
  const ready = read();
  // The person may give up before anything waits for it.
  ready.catch(() => undefined);
  return { source, texts, ready };
}

/**
 * Asks for an experiment, or for the changes of a draft, which keeps what is not asked for. Undefined when the person gave up.
 * `folder` is the URI of its workspace folder.
 */
export async function askExperiment(
  parts: BindingParts,
  folder: string | undefined,
  draft?: Experiment,
): Promise<{ input: ExperimentInput; start: boolean } | undefined> {
  const answers = answersOf(draft);
  const title = draft === undefined ? l10n.t('New Experiment') : l10n.t('Edit Draft');
  if (!(await askSteps(title, steps(beginReading(parts, folder)), answers))) return undefined;
  const direction = betterDirection[answers.metric];
  const percent = parsePercent(answers.target) ?? 0;
  const kept = draft === undefined ? {} : planOnly(draft);
  return {
    start: answers.start && !isLater(answers.binding),
    input: {
      ...kept,
      name: answers.name,
      hypothesis: answers.hypothesis,
      changeDescription: answers.changeDescription,
      metric: answers.metric,
      durationDays: Number(answers.duration),
      binding: bindingOf(answers.binding),
      ...(answers.binding.kind === 'Randomised' ? { randomised: randomisedOf(answers.randomised) } : {}),
      successCriterion: { kind: 'Delta', direction, targetPct: direction === 'Decrease' ? -percent : percent },
    },
  };
}

/** What of a draft is not asked for. */
function planOnly({ guardrails, since, workspace, plannedPerVariant, alpha }: Experiment): Partial<ExperimentInput> {
  return {
    ...(guardrails === undefined ? {} : { guardrails }),
    ...(since === undefined ? {} : { since }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(plannedPerVariant === undefined ? {} : { plannedPerVariant }),
    ...(alpha === undefined ? {} : { alpha }),
  };
}
