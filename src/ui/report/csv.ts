import type { Report } from '../../api';

const COLUMNS = ['session_id', 'variant', 'source', 'started_at', 'metric', 'value', 'excluded_because'];

/** One line per session of the sample and per exclusion, as RFC 4180 has it. */
export function csv({ sample, excluded, metric }: Report): string {
  const rows: (string | number)[][] = [
    COLUMNS,
    ...sample.map(({ sessionId, variant, source, startedAt, value }) => [
      sessionId,
      variant,
      source,
      isoTime(startedAt),
      metric,
      value ?? '',
      '',
    ]),
    ...excluded.map(({ sessionId, reason }) => [sessionId, '', '', '', metric, '', reason]),
  ];
  return rows.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would run as a formula gets an apostrophe, with which it is a text. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Nothing that a file holds may make an export fail. */
function isoTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
