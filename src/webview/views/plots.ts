import type { Format } from '../format';
import { h, type VNode } from '../h';
import type { Interval, PageData } from '../pageData';
import { effectPlot } from '../plots/effectPlot';
import { sessionsPlot } from '../plots/sessionsPlot';
import { timePlot } from '../plots/timePlot';
import { figure, head, section } from './parts';

/** Widths of the plots' places by their id, px; absent before the page was laid out for the first time. */
export type Widths = ReadonlyMap<string, number>;
/** Narrower than this, nothing could be read. */
const LEAST_WIDTH = 240;
const widthOf = (widths: Widths, id: string): number => Math.max(LEAST_WIDTH, widths.get(id) ?? 0);

export function effectSection(data: PageData, widths: Widths, format: Format): VNode {
  const { texts, effect } = data;
  if (effect === undefined) return section('effect', texts.effectTitle, h('p', { class: 'quiet' }, texts.effectNone));
  const plot = widths.has('effect') ? effectPlot(data, effect, widthOf(widths, 'effect'), format) : undefined;
  const table = h(
    'table',
    {},
    head(texts.estimate, texts.lower, texts.upper, ...(data.target === undefined ? [] : [texts.targetName])),
    h(
      'tbody',
      {},
      h(
        'tr',
        {},
        intervalCells(effect, data, format),
        data.target !== undefined && h('td', {}, format.effect(effect.scale, data.target)),
      ),
    ),
  );
  return section(
    'effect',
    texts.effectTitle,
    figure('effect', plot, data.spoken.effect, { summary: texts.asTable, content: table }),
  );
}

export function intervalCells(
  { scale, estimate, lower, upper }: Interval,
  { texts }: PageData,
  format: Format,
): VNode[] {
  const cell = (value: number | undefined): VNode =>
    h('td', { 'data-value': value ?? '' }, value === undefined ? texts.unbounded : format.effect(scale, value));
  return [cell(estimate), cell(lower), cell(upper)];
}

export function sessionsSection(data: PageData, widths: Widths, format: Format): VNode {
  const { texts } = data;
  if (!data.sample.some(({ value }) => value !== undefined)) {
    return section('sessions', texts.sessionsTitle, h('p', { class: 'quiet' }, texts.sessionsNone));
  }
  const plot = widths.has('sessions') ? sessionsPlot(data, widthOf(widths, 'sessions'), format) : undefined;
  return section('sessions', texts.sessionsTitle, figure('sessions', plot, data.spoken.sessions));
}

export function timeSection(data: PageData, widths: Widths, format: Format): VNode {
  const { texts, looks } = data;
  if (looks.length < 2) return section('overTime', texts.overTimeTitle, h('p', { class: 'quiet' }, texts.overTimeNone));
  const plot = widths.has('overTime') ? timePlot(data, widthOf(widths, 'overTime'), format) : undefined;
  const table = h(
    'table',
    {},
    head(texts.sessionsSoFar, texts.when, texts.estimate, texts.lower, texts.upper, texts.decision),
    h(
      'tbody',
      {},
      looks.map((look) =>
        h(
          'tr',
          { key: look.sessions },
          h('th', { scope: 'row', 'data-value': look.sessions }, format.count(look.sessions)),
          h('td', {}, format.dateTime(look.at)),
          intervalCells(look.interval, data, format),
          h('td', {}, look.decision ?? ''),
        ),
      ),
    ),
  );
  return section(
    'overTime',
    texts.overTimeTitle,
    figure('overTime', plot, data.spoken.overTime, { summary: texts.asTable, content: table }),
  );
}
