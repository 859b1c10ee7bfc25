import { fill, type Format } from '../format';
import { h, type VNode } from '../h';
import type { PageData, PageSession } from '../pageData';
import { revealIcon, variantIcon } from './icons';
import { foreign, scrolling, section } from './parts';
import { MORE_ROWS, sorted, type SortColumn, type ViewState } from './viewState';

/** The sample: every session with its variant and its value, some at first. */
export function sampleTable(data: PageData, view: ViewState, format: Format): VNode {
  const { texts, sample, metric } = data;
  if (sample.length === 0) return section('sample', texts.sampleTitle, h('p', { class: 'quiet' }, texts.sessionsNone));
  const rows = sorted(sample, view).slice(0, view.rows);
  const column = (by: SortColumn, title: string): VNode => {
    const isSorted = view.sort === by;
    const mark = view.order === 'up' ? ' ▲' : ' ▼';
    return h(
      'th',
      {
        scope: 'col',
        class: by,
        'aria-sort': isSorted ? (view.order === 'up' ? 'ascending' : 'descending') : undefined,
      },
      h(
        'button',
        { class: 'sort', 'data-action': 'sort', 'data-by': by, title: fill(texts.sortBy, title) },
        title,
        isSorted && h('span', { 'aria-hidden': 'true' }, mark),
      ),
    );
  };
  const table = h(
    'table',
    { class: 'sample' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        column('title', texts.session),
        column('variant', texts.variant),
        column('value', metric.label),
        column('started', texts.started),
        column('agent', texts.agent),
        h('th', { scope: 'col' }, texts.source),
      ),
    ),
    h(
      'tbody',
      {},
      rows.map((row) => sampleRow(row, data, format)),
    ),
  );
  return section('sample', texts.sampleTitle, scrolling(texts.sampleTitle, table), more(data, rows.length, format));
}

function sampleRow(row: PageSession, { texts }: PageData, format: Format): VNode {
  const { id, title, variant, value } = row;
  const action = row.hasTranscript ? 'openTranscript' : 'revealSession';
  const name = variant === 'Control' ? texts.control : texts.treatment;
  return h(
    'tr',
    { key: id, 'data-session': id },
    h(
      'th',
      { scope: 'row' },
      h(
        'div',
        { class: 'titled' },
        h(
          'button',
          { class: 'link', 'data-action': action, 'data-session': id, title: fill(texts[action], title) },
          foreign(title),
        ),
        row.hasTranscript &&
          h(
            'button',
            {
              class: 'small',
              'data-action': 'revealSession',
              'data-session': id,
              title: texts.revealShort,
              'aria-label': fill(texts.revealSession, title),
            },
            revealIcon,
          ),
      ),
    ),
    h('td', {}, variantIcon(variant), name),
    h('td', { class: 'number', 'data-value': value ?? '' }, value === undefined ? texts.unknown : format.value(value)),
    h('td', {}, format.dateTime(row.startedAt)),
    h('td', {}, row.agent),
    h('td', {}, row.source),
  );
}

function more({ sample, texts }: PageData, shown: number, format: Format): VNode | undefined {
  if (shown >= sample.length) return undefined;
  return h(
    'p',
    { class: 'more' },
    fill(texts.shownOf, format.count(shown), format.count(sample.length)),
    ' ',
    sample.length - shown > MORE_ROWS &&
      h(
        'button',
        { 'data-action': 'rows', 'data-rows': shown + MORE_ROWS },
        fill(texts.showMore, format.count(MORE_ROWS)),
      ),
    h('button', { 'data-action': 'rows', 'data-rows': sample.length }, texts.showAll),
  );
}
