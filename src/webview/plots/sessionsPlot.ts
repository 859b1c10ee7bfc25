import { fill, type Format } from '../format';
import { h, type VNode } from '../h';
import type { PageData, PageSession, Side } from '../pageData';
import { axis, drawing, label, line, round } from './parts';
import { chooseTicks, valueScale, type Scale } from './scale';
import { swarm } from './swarm';

const ROW = 64;
const HEAD = 20;
const SIDES: readonly Side[] = ['Control', 'Treatment'];

/** Every session with a value as a dot in the row of its variant, with the variant's middle value. */
export function sessionsPlot(data: PageData, width: number, format: Format): VNode {
  const { texts, summaries } = data;
  const counted = data.sample.filter((row): row is PageSession & { value: number } => row.value !== undefined);
  const scale = valueScale(
    counted.map(({ value }) => value),
    [12, width - 12],
  );
  const radius = dotRadius(counted.length);
  const rows = SIDES.map((side, index) => {
    const sessions = counted.filter(({ variant }) => variant === side);
    const summary = summaries.find(({ variant }) => variant === side);
    const top = index * (HEAD + ROW);
    const middle = top + HEAD + ROW / 2;
    const average = typical(data, side);
    const name = side === 'Control' ? texts.control : texts.treatment;
    const head = [
      `${name}: ${fill(texts.sessions, format.count(sessions.length))}`,
      ...(average === undefined ? [] : [`${averageName(data)} ${format.value(average)}`]),
      ...(summary !== undefined && summary.missing > 0 ? [fill(texts.missing, format.count(summary.missing))] : []),
    ].join(', ');
    return h(
      'g',
      { class: `row ${side.toLowerCase()}`, key: side },
      label(head, 0, top + 14, width, { anchor: 'start', className: 'label strong' }),
      dots(sessions, scale, radius, middle, format),
      average !== undefined && averageMark(scale.place(average), middle, average),
    );
  });
  const bottom = SIDES.length * (HEAD + ROW) + 4;
  return drawing('sessions', width, bottom + 40, texts.sessionsTitle, [
    ...rows,
    axis(chooseTicks(scale, 52), bottom, width, format.short),
    label(
      scale.logarithmic ? `${data.metric.label} (${texts.logScale})` : data.metric.label,
      width / 2,
      bottom + 35,
      width,
      { className: 'label side' },
    ),
  ]);
}

/** Outcomes are 0 or 1: their mean says something, their median does not. */
export function typical(data: PageData, side: Side): number | undefined {
  const summary = data.summaries.find(({ variant }) => variant === side);
  return data.metric.unit === 'share' ? summary?.mean : summary?.median;
}

export function averageName({ metric, texts }: PageData): string {
  return metric.unit === 'share' ? texts.mean : texts.median;
}

function dotRadius(count: number): number {
  if (count <= 120) return 4.5;
  return count <= 600 ? 3.2 : 2;
}

/** Control's dots are rings and Treatment's are full, so that they differ without colour. */
function dots(
  sessions: readonly (PageSession & { value: number })[],
  scale: Scale,
  radius: number,
  middle: number,
  format: Format,
): VNode {
  const places = swarm(
    sessions.map(({ value }) => scale.place(value)),
    radius,
    ROW,
  );
  return h(
    'g',
    { class: 'dots' },
    sessions.map(({ id, title, value }, index) =>
      h(
        'circle',
        {
          key: id,
          class: 'dot',
          cx: round(places[index]?.x ?? 0),
          cy: round(middle + (places[index]?.y ?? 0)),
          r: radius,
          'data-value': value,
          'data-action': 'openTranscript',
          'data-session': id,
        },
        h('title', {}, `${title.slice(0, 80)}: ${format.value(value)}`),
      ),
    ),
  );
}

function averageMark(x: number, middle: number, value: number): VNode {
  return h(
    'g',
    { class: 'average', 'data-value': value },
    line(x, middle - ROW / 2, x, middle + ROW / 2, 'average-line'),
  );
}
