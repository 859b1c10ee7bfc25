import { fileURLToPath } from 'node:url';
import { l10n } from 'vscode';
import type { Metric } from '../../api';
import type { Composition, EffectFacts, Reason, ReportFacts, Transform } from '../../domain/reportFacts';
import {
  formatChange,
  formatCount,
  formatDateTime,
  formatNumber,
  formatPercent,
  formatPoints,
  formatShare,
} from '../format';
import { metricText, variantName } from '../texts';
import { verdictName } from './verdictNames';

/** Every sentence of a report that is made of its facts. */

/** A place on the scale of a comparison, as a change against Control: −23%, +4 points, +0.05. */
export function changeText(transform: Transform, value: number): string {
  switch (transform) {
    case 'log':
    case 'log1p':
      return formatPercent(Math.expm1(value));
    case 'proportion':
      return formatPoints(value);
    case 'mean':
      return formatChange(value);
  }
}

/** The effect with its interval: −23% (−35% to −8%). */
export function effectText({ transform, estimate, lower, upper }: EffectFacts): string {
  const change = changeText(transform, estimate);
  return lower === null || upper === null
    ? l10n.t('{change}, with no bounds yet', { change })
    : l10n.t('{change} ({lower} to {upper})', {
        change,
        lower: changeText(transform, lower),
        upper: changeText(transform, upper),
      });
}

/** The target as it was set: −15%, or 1,200. */
export function targetText({ plan }: ReportFacts): string {
  const { target } = plan;
  return target.kind === 'ratio' ? formatPercent(target.ratio - 1) : formatNumber(target.value);
}

/** The verdict in one sentence, with what must not be overlooked beside it. */
export function verdictSentence(facts: ReportFacts): string {
  return verdictSentences(facts).join(' ');
}

/** The same in its parts: what to do, which number it is about, and what must not be overlooked. */
export function verdictSentences(facts: ReportFacts): string[] {
  const { verdict, design } = facts;
  const decided = verdict.kind !== 'TooFewSessions' && verdict.kind !== 'Untrusted';
  const sentences = [mainSentence(facts), ...numberSentence(facts)];
  if (
    (verdict.kind === 'TargetMet' || verdict.kind === 'Better') &&
    facts.guardrails.some(({ status }) => status === 'undecided')
  ) {
    sentences.push(l10n.t('Whether every guardrail holds is still open.'));
  }
  if (design === 'observational' && decided && verdict.kind !== 'KeepRunning') {
    sentences.push(somethingElse(facts.experiment.binding.kind));
  }
  return sentences;
}

function mainSentence(facts: ReportFacts): string {
  const { verdict, experiment } = facts;
  const target = targetText(facts);
  const hasEnded = experiment.state === 'Concluded' || experiment.state === 'Archived';
  switch (verdict.kind) {
    case 'TooFewSessions':
      return l10n.t('Too few sessions to say anything.');
    case 'KeepRunning':
      return hasEnded ? l10n.t('It ended undecided.') : l10n.t('Keep it running: nothing is decided yet.');
    case 'TargetMet':
      return l10n.t('Keep the change: it reaches the target of {target}.', { target });
    case 'Better':
      return isShort(facts)
        ? l10n.t('The change helps, but does not reach the target of {target}.', { target })
        : l10n.t('The change helps; whether it reaches the target of {target} is open.', { target });
    case 'NotWorthIt':
      return l10n.t('Not worth it: the change does not reach the target of {target}.', { target });
    case 'Harmful':
      return harmSentence(facts);
    case 'Untrusted':
      return l10n.t('These numbers cannot be trusted yet, so there is no verdict.');
  }
}

/** Whether the whole interval lies short of the target. */
function isShort({ effect, targetAt, plan }: ReportFacts): boolean {
  if (effect === undefined || targetAt === undefined) return false;
  const nearest = plan.target.good === 'Decrease' ? effect.lower : effect.upper;
  if (nearest === null) return false;
  return plan.target.good === 'Decrease' ? nearest > targetAt : nearest < targetAt;
}

/** The number that a decided verdict is about. */
function numberSentence({ verdict, effect, guardrails, plan }: ReportFacts): string[] {
  const isDecided = ['TargetMet', 'Better', 'NotWorthIt', 'Harmful'].includes(verdict.kind);
  const isAboutGuardrails = verdict.kind === 'Harmful' && guardrails.some(({ status }) => status === 'breached');
  if (!isDecided || isAboutGuardrails || effect === undefined) return [];
  const change = changeText(effect.transform, effect.estimate);
  return [l10n.t('{metric}: {change}.', { metric: metricText(plan.metric).label, change })];
}

function harmSentence({ verdict, guardrails }: ReportFacts): string {
  const breached = guardrails.filter(({ status }) => status === 'breached');
  if (breached.length === 0) return l10n.t('Drop the change: it makes things worse.');
  const names = breached.map((guardrail) => metricText(guardrail.metric).label).join(', ');
  const reached = verdict.reasons.some((reason) => reason.code === 'comparison' && reason.verdict === 'TargetMet');
  return reached
    ? l10n.t('Drop the change: it reaches the target, but breaches a guardrail ({names}).', { names })
    : l10n.t('Drop the change: it breaches a guardrail ({names}).', { names });
}

function somethingElse(binding: ReportFacts['experiment']['binding']['kind']): string {
  switch (binding) {
    case 'Branch':
      return l10n.t('This is no proof: something else may have changed with the branch.');
    case 'PromptFingerprint':
      return l10n.t('This is no proof: something else may have changed with the instruction files.');
    default:
      return l10n.t('This is no proof: something else may have changed with the commit.');
  }
}

/** Why the verdict is what it is, and what would change it. */
export function reasonTexts(facts: ReportFacts): string[] {
  const outlook = outlookText(facts);
  return [
    ...facts.verdict.reasons.map((reason) => reasonText(reason, facts)),
    ...(outlook === undefined ? [] : [outlook]),
  ];
}

export function reasonText(reason: Reason, facts: ReportFacts): string {
  switch (reason.code) {
    case 'tooFew':
      return reason.unit === 'day'
        ? l10n.t(
            'Control has {control} and Treatment {treatment} days with a value; each needs at least {needed}.',
            reason,
          )
        : l10n.t(
            'Control has {control} and Treatment {treatment} sessions with a value; each needs at least {needed}.',
            reason,
          );
    case 'noVariation':
      return l10n.t('Every value of {variant} is the same, so how much values vary is not known.', {
        variant: variantName(reason.variant),
      });
    case 'comparison':
      return comparisonText(facts);
    case 'decidedBefore':
      return l10n.t('At an earlier look the difference was clear (p = {p}); later sessions have made it smaller.', {
        p: reason.pAlways.toPrecision(2),
      });
    case 'guardrail':
      return guardrailText(reason.metric, reason.status, facts);
    case 'allocation':
      return l10n.t(
        'Of the drawn sessions that count, {control} are Control and {treatment} Treatment, where {promised} Treatment was promised: sessions of one variant get lost.',
        { ...reason, promised: formatShare(reason.promised) },
      );
    case 'mixDiffers':
      return mixText(reason.property);
    case 'changedTags':
      return l10n.t(
        '{changed} of {of} tags were changed after their session had ended, when its outcome could be known.',
        {
          changed: reason.changed,
          of: reason.of,
        },
      );
    case 'lateTags':
      return l10n.t(
        'Tagged only after the session had ended: {control} of Control, {treatment} of Treatment. A tag should not depend on how a session went.',
        reason,
      );
    case 'notReached':
      return l10n.t(
        'Draws that are not known to have reached their agent: {control} of Control, {treatment} of Treatment. They count as drawn.',
        reason,
      );
    case 'lateDraws':
      return l10n.t(
        'Drawn only after the first prompt: {control} of Control, {treatment} of Treatment. Whoever drew may have seen how the session goes.',
        reason,
      );
    case 'deviations':
      return l10n.t(
        '{count} sessions have a variant that was given by hand and not drawn, or were taken out; {drawn} were drawn. Read as they were drawn, the verdict is: {verdict}.',
        { count: reason.count, drawn: reason.drawn, verdict: verdictName(reason.asAssigned) },
      );
    case 'readingsDiffer':
      return l10n.t('Read as the sessions were drawn, the verdict is another one: {verdict}.', {
        verdict: verdictName(reason.asAssigned),
      });
    case 'observational':
      return l10n.t('{what} Days are compared, not sessions, since sessions of one day are alike.', {
        what: somethingElse(reason.binding),
      });
    case 'besideTreatment':
      return l10n.t(
        '{count} Control sessions started from commits that went another way than the Treatment commit. If the change came there squashed or rebased, they had it: tag them.',
        { count: reason.count },
      );
    case 'elsewhere':
      return l10n.t(
        'This is what this window sees, and it does not have the folder of the experiment open: open {folder} for the whole.',
        { folder: folderText(facts.experiment) },
      );
    case 'sampleNotKept':
      return l10n.t(
        'Another program concluded this experiment and kept no sample, so this is computed from what is found today and can change.',
      );
    case 'sampleDamaged':
      return l10n.t(
        'The sample that was kept at the conclusion is no longer what was written, so nothing is computed from it. Restore a backup of the experiments file to get the report back.',
      );
    case 'separateTimes':
      return l10n.t(
        'The variants ran one after the other, so something else may have changed in between. Alternate them if you can.',
      );
    case 'unevenMissing':
      return l10n.t(
        'Values are missing unevenly: {control} of Control and {treatment} of Treatment. The missing sessions may be different ones.',
        reason,
      );
    case 'withoutLogarithm':
      return l10n.t('{count} sessions with a value of zero are counted as missing: ratios need values above zero.', {
        count: reason.count,
      });
    case 'ranksDisagree':
      return l10n.t('By ranks, which no single session can sway, the difference points the other way.');
    case 'blinded':
      return l10n.t(
        'The experiment is blinded. Sessions with a variant so far: {count}. They, and what compares them, stay hidden until there is a verdict or it ends.',
        { count: reason.sessions },
      );
    case 'unblinded':
      return l10n.t('{who} looked behind the blind on {when}, before there was a verdict.', {
        who: reason.who,
        when: formatDateTime(reason.at),
      });
    case 'openedByVerdict':
      return l10n.t(
        'The blind ended on {when} by the verdict “{verdict}”, while the experiment ran. Sessions from then on were not blinded.',
        { when: formatDateTime(reason.at), verdict: verdictName(reason.verdict) },
      );
    case 'unreachableTarget':
      return l10n.t('The target of {target} cannot be reached by this metric, so it plays no part.', {
        target: targetText(facts),
      });
  }
}

function folderText({ workspace = '' }: ReportFacts['experiment']): string {
  try {
    return fileURLToPath(workspace);
  } catch {
    return workspace;
  }
}

function mixText(property: Composition['property']): string {
  switch (property) {
    case 'agent':
      return l10n.t('Control and Treatment were run by different agents, so the difference may be the agents’.');
    case 'model':
      return l10n.t('Control and Treatment ran on different models, so the difference may be the models’.');
    case 'version':
      return l10n.t(
        'Control and Treatment were run by different versions of an agent, so the difference may be theirs.',
      );
  }
}

function comparisonText({ effect, plan, level, transform }: ReportFacts): string {
  if (effect === undefined) return '';
  const metric = metricText(plan.metric).label;
  const certainty = formatShare(1 - plan.alpha);
  const text = l10n.t('{metric}: {effect}. The interval holds at every look together, with {certainty} certainty.', {
    metric,
    effect: effectText(effect),
    certainty,
  });
  const scale =
    transform === 'log1p' ? ` ${l10n.t('Since there are zeros, what is compared is the value plus 1.')}` : '';
  const reached =
    level === undefined
      ? ''
      : ` ${l10n.t('A typical Treatment session has {value} ({lower} to {upper}); the target is {target}.', {
          value: formatNumber(level.estimate),
          lower: level.lower === null ? '–' : formatNumber(level.lower),
          upper: level.upper === null ? '–' : formatNumber(level.upper),
          target: formatNumber(level.target),
        })}`;
  return text + scale + reached;
}

function guardrailText(metric: Metric, status: 'breached' | 'undecided', { guardrails }: ReportFacts): string {
  const guardrail = guardrails.find((one) => one.metric === metric && one.status === status);
  const name = metricText(metric).label;
  const effect = guardrail?.effect === undefined ? l10n.t('too few sessions') : effectText(guardrail.effect);
  const margin = guardrail === undefined ? '' : formatPercent(guardrail.ratio - 1);
  return status === 'breached'
    ? l10n.t('Guardrail breached: {name} is beyond the margin of {margin}: {effect}.', { name, margin, effect })
    : l10n.t('Guardrail open: {name} may or may not be beyond the margin of {margin}: {effect}.', {
        name,
        margin,
        effect,
      });
}

/** A number of days beyond this is no plan. */
const YEAR_DAYS = 365;

/** What it would take to decide; undefined once it is decided. */
export function outlookText({ decide, ahead, unit, variants }: ReportFacts): string | undefined {
  if (ahead !== undefined) return aheadText(ahead);
  if (decide === undefined) return undefined;
  const { sessions, days } = decide;
  if (sessions === undefined || days === undefined) {
    const still = variants.Control.units === 0 || decide.perDay === 0;
    return still
      ? l10n.t('How long it takes cannot be told before sessions come in.')
      : l10n.t(
          'At this pace it will not be decided: one variant gets no more sessions, or the difference is too small.',
        );
  }
  if (days > YEAR_DAYS) {
    return l10n.t(
      'If the difference stays as it is, it takes more than a year at your pace. Only a larger difference is decided sooner.',
    );
  }
  if (decide.verdict === undefined) {
    return unit === 'day'
      ? l10n.t('A first comparison needs about {days} more days.', { days })
      : l10n.t('A first comparison needs about {sessions} more sessions: {days} days at your pace.', {
          sessions,
          days,
        });
  }
  return unit === 'day'
    ? l10n.t('If the difference stays as it is, about {days} more days with sessions will decide.', { days })
    : l10n.t(
        'If the difference stays as it is, about {sessions} more sessions will decide: {days} days at your pace.',
        {
          sessions,
          days,
        },
      );
}

function aheadText({ control, treatment, days, unit, basedOn }: NonNullable<ReportFacts['ahead']>): string {
  const basis =
    unit === 'day'
      ? l10n.t('{count} earlier days', { count: basedOn })
      : l10n.t('{count} earlier sessions', { count: basedOn });
  if (control === undefined || treatment === undefined)
    return l10n.t('To find a change of the target’s size is out of reach, judging by {basis}.', { basis });
  const many = formatCount(control);
  const needs =
    control !== treatment
      ? l10n.t(
          'To find a change of the target’s size takes about {control} Control and {treatment} Treatment sessions, judging by {basis}.',
          { control: many, treatment: formatCount(treatment), basis },
        )
      : unit === 'day'
        ? l10n.t('To find a change of the target’s size takes about {many} days per variant, judging by {basis}.', {
            many,
            basis,
          })
        : l10n.t('To find a change of the target’s size takes about {many} sessions per variant, judging by {basis}.', {
            many,
            basis,
          });
  return days === undefined || unit === 'day'
    ? needs
    : `${needs} ${l10n.t('At your pace that is {days} days.', { days })}`;
}
