import { fill, makeFormat } from '../format';
import { h, type VNode } from '../h';
import { EXPORT_FORMATS } from '../messages';
import type { PageData } from '../pageData';
import { about, checks, decide, guardrails, leftOut } from './details';
import { effectSection, sessionsSection, timeSection, type Widths } from './plots';
import { sampleTable } from './sampleTable';
import { figures, verdict } from './verdict';
import type { ViewState } from './viewState';

const formatNames = { markdown: 'Markdown', json: 'JSON', csv: 'CSV' } as const;

/** The whole page. Depends on nothing but what is given. */
export function page(data: PageData, view: ViewState, widths: Widths): VNode[] {
  const format = makeFormat(data.locale, data.metric.unit, data.texts.points);
  return [
    header(data),
    h(
      'main',
      { key: 'main' },
      verdict(data),
      figures(data, format),
      h(
        'div',
        { class: 'columns', key: 'plots' },
        effectSection(data, widths, format),
        sessionsSection(data, widths, format),
      ),
      decide(data),
      timeSection(data, widths, format),
      guardrails(data),
      checks(data),
      sampleTable(data, view, format),
      leftOut(data, format),
      about(data),
    ),
    // Says a new verdict to those who do not see it change.
    h('p', { key: 'live', class: 'unseen', 'aria-live': 'polite' }, data.verdict.headline),
  ];
}

function header({ name, subtitle, texts }: PageData): VNode {
  return h(
    'header',
    { key: 'header' },
    h('div', {}, h('h1', {}, h('bdi', {}, name)), h('p', { class: 'subtitle' }, subtitle)),
    h(
      'div',
      { class: 'tools' },
      h('button', { 'data-action': 'copyMarkdown' }, texts.copyMarkdown),
      EXPORT_FORMATS.map((format) =>
        h(
          'button',
          { class: 'secondary', 'data-action': 'export', 'data-format': format },
          fill(texts.exportAs, formatNames[format]),
        ),
      ),
    ),
  );
}
