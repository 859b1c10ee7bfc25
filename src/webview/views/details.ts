import { fill, type Format } from '../format';
import { h, type VNode } from '../h';
import type { GuardrailRow, PageData } from '../pageData';
import { effectScale } from '../plots/effectPlot';
import { line } from '../plots/parts';
import { statusIcon } from './icons';
import { foreign, head, scrolling, section } from './parts';

/** What would settle it, while it is not. */
export function decide({ texts, decide: sentences }: PageData): VNode | undefined {
  if (sentences.length === 0) return undefined;
  return section('decide', texts.decideTitle, ...sentences.map((sentence) => h('p', {}, sentence)));
}

export function guardrails({ texts, guardrails: rows }: PageData): VNode {
  if (rows.length === 0)
    return section('guardrails', texts.guardrailsTitle, h('p', { class: 'quiet' }, texts.guardrailsNone));
  const table = h(
    'table',
    {},
    head(texts.guardrail, texts.status, texts.limit, texts.change),
    h(
      'tbody',
      {},
      rows.map((row) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, row.label),
          h('td', { class: `status-${row.status}` }, statusIcon(row.status), row.statusText),
          h('td', {}, row.limit),
          h('td', {}, h('div', { class: 'measured' }, whisker(row), h('span', {}, row.change ?? texts.unknown))),
        ),
      ),
    ),
  );
  return section('guardrails', texts.guardrailsTitle, scrolling(texts.guardrailsTitle, table));
}

const WHISKER = { width: 120, height: 18 };

/** The interval in small, against no change and the limit. The numbers stand beside it. */
function whisker({ interval, margin }: GuardrailRow): VNode | undefined {
  if (interval === undefined) return undefined;
  const { width, height } = WHISKER;
  const scale = effectScale(interval, margin, [3, width - 3]);
  const middle = height / 2;
  const from = interval.lower === undefined ? 0 : scale.place(interval.lower);
  const to = interval.upper === undefined ? width : scale.place(interval.upper);
  return h(
    'svg',
    { class: 'whisker', width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    line(scale.place(0), 0, scale.place(0), height, 'zero-line'),
    margin !== undefined && line(scale.place(margin), 0, scale.place(margin), height, 'target-line'),
    line(from, middle, to, middle, 'interval-bar'),
    h('circle', { class: 'interval-estimate', cx: scale.place(interval.estimate), cy: middle, r: 4 }),
  );
}

const NAMES_SHOWN = 20;

export function leftOut({ texts, leftOut: groups }: PageData, format: Format): VNode {
  if (groups.length === 0) return section('leftOut', texts.leftOutTitle, h('p', { class: 'quiet' }, texts.leftOutNone));
  return section(
    'leftOut',
    texts.leftOutTitle,
    ...groups.map(({ reason, sessions }) =>
      h(
        'details',
        { key: reason },
        h('summary', {}, `${reason}: ${format.count(sessions.length)}`),
        h(
          'ul',
          {},
          sessions
            .slice(0, NAMES_SHOWN)
            .map(({ id, title }) =>
              h(
                'li',
                { key: id },
                h('button', { class: 'link', 'data-action': 'revealSession', 'data-session': id }, foreign(title)),
              ),
            ),
          sessions.length > NAMES_SHOWN &&
            h('li', {}, fill(texts.andMore, format.count(sessions.length - NAMES_SHOWN))),
        ),
      ),
    ),
  );
}

/** The same comparison in other lights; nothing while there is nothing to say. */
export function checks({ texts, checks: facts }: PageData): VNode | undefined {
  return facts.length === 0 ? undefined : section('checks', texts.checksTitle, factList(facts));
}

const factList = (facts: PageData['about']): VNode =>
  h(
    'dl',
    {},
    facts.map(({ label, value }) => h('div', {}, h('dt', {}, label), h('dd', {}, foreign(value)))),
  );

export function about({ texts, about: facts, method }: PageData): VNode {
  return h(
    'div',
    { class: 'columns', key: 'about' },
    section('about', texts.aboutTitle, factList(facts)),
    section('method', texts.methodTitle, ...method.map((sentence) => h('p', {}, sentence))),
  );
}
