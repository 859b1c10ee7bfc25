import { l10n } from 'vscode';
import type { MergedKind, MergeResult } from '../../store/merge';
import type { LostPart } from '../../store/salvage';
import { formatNumber } from '../format';
import { escapeMarkdown } from '../report/markdown';
import { lostText, mergedKindName, skippedText } from './mergeTexts';

const KINDS: readonly MergedKind[] = ['experiments', 'tags', 'history', 'outcomes', 'others'];
/** A page longer than this helps nobody; the rest is counted. */
const MAX_LINES = 2000;

export interface MergePage {
  title: string;
  /** Sentences before the numbers. */
  intro: readonly string[];
  result: MergeResult;
  /** What a damaged file has lost; absent for a sound one. */
  lost?: readonly LostPart[];
}

function list(lines: readonly string[]): string[] {
  const more = lines.length - MAX_LINES;
  return [
    ...lines.slice(0, MAX_LINES).map((line) => `- ${escapeMarkdown(line)}`),
    ...(more > 0 ? [`- ${l10n.t('and {count} more', { count: more })}`] : []),
  ];
}

/** What was taken from a file, row by row where it was not. */
export function mergePage({ title, intro, result, lost }: MergePage): string {
  const { counts, skipped } = result;
  const rows = KINDS.map((kind) => {
    const { imported, unchanged, skipped: left } = counts[kind];
    return `| ${mergedKindName(kind)} | ${formatNumber(imported)} | ${formatNumber(unchanged)} | ${formatNumber(left)} |`;
  });
  return [
    `# ${escapeMarkdown(title)}`,
    '',
    ...intro.flatMap((sentence) => [escapeMarkdown(sentence), '']),
    `| | ${l10n.t('Taken')} | ${l10n.t('Already here')} | ${l10n.t('Left out')} |`,
    '| :-- | --: | --: | --: |',
    ...rows,
    '',
    ...(lost === undefined ? [] : section(l10n.t('Lost'), lost.map(lostText))),
    ...section(
      l10n.t('Left out, and why'),
      skipped.map((row) => (row.rows > 1 ? `${row.rows} × ${skippedText(row)}` : skippedText(row))),
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [`## ${title}`, '', ...(lines.length === 0 ? [l10n.t('Nothing.')] : list(lines)), ''];
}
