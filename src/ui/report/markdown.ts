import { l10n } from 'vscode';
import { makeFormat } from '../../webview/format';
import type { PageData } from '../../webview/pageData';
import { formatDateTime } from '../format';

/** Text from transcripts and file names must not become markup, links, mentions or table cells. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\\`*_{}[\]()#+\-.!|<>~&:@]/g, (character) => `\\${character}`);
}

/** What was computed reads better without needless escapes; it holds names, so what could do harm is escaped all the same. */
const prose = (text: string): string =>
  text.replace(/[\r\n\t]+/g, ' ').replace(/[\\`*_[\]|<>~#@]/g, (character) => `\\${character}`);

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/**
 * The report for a pull request: the verdict, the two variants, the interval, the guardrails, what was left out and how it was
 * computed. No session is named: what somebody asked an agent is not for everybody. The CSV has them.
 */
export function markdown(data: PageData, computedAt: number): string {
  const { texts, verdict, metric, effect, guardrails, leftOut, decide } = data;
  const format = makeFormat(data.locale, metric.unit, texts.points);
  const value = (number: number | undefined): string => (number === undefined ? '–' : format.value(number));
  const names = { Control: texts.control, Treatment: texts.treatment };
  const blocks = [
    `# ${escapeMarkdown(data.name)}`,
    `**${prose(verdict.headline)}** ${prose(verdict.sentence)}`,
    verdict.reasons.map((reason) => `- ${prose(reason)}`).join('\n'),
    [
      row(prose(metric.label), l10n.t('Sessions'), l10n.t('Missing'), l10n.t('Median'), l10n.t('Mean')),
      '| :-- | --: | --: | --: | --: |',
      ...data.summaries.map(({ variant, n, missing, median, mean }) =>
        row(names[variant], format.count(n), format.count(missing), value(median), value(mean)),
      ),
      ...(effect === undefined
        ? []
        : [
            '',
            `**${prose(texts.withChange)}: ${format.effect(effect.scale, effect.estimate)}**, ${data.spoken.effectRange}.`,
          ]),
    ].join('\n'),
    decide
      .filter((sentence) => sentence !== verdict.sentence)
      .map(prose)
      .join(' '),
    guardrails.length === 0
      ? ''
      : [
          row(texts.guardrail, texts.status, texts.limit, texts.change),
          '| :-- | :-- | :-- | :-- |',
          ...guardrails.map((one) => row(prose(one.label), one.statusText, one.limit, one.change ?? texts.unknown)),
        ].join('\n'),
    leftOut.length === 0
      ? ''
      : `${texts.leftOutTitle}: ${leftOut.map(({ reason, sessions }) => `${prose(reason)} (${format.count(sessions.length)})`).join('; ')}.`,
    data.checks.map(({ label, value: text }) => `- ${label}: ${prose(text)}`).join('\n'),
    data.about.map(({ label, value: text }) => `- ${label}: ${prose(text)}`).join('\n'),
    `_${prose(data.method.join(' '))} ${l10n.t('Read: {when}, by Agent Experiments.', { when: formatDateTime(computedAt) })}_`,
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}
