import { fill, type Format } from '../format';
import { h, type VNode } from '../h';
import type { Interval, Look, PageData } from '../pageData';
import { axis, drawing, label, line, round } from './parts';
import { changeScale, chooseTicks, linearScale, type Scale } from './scale';

const TOP = 26;
const HEIGHT = 240;
const BOTTOM = HEIGHT - 42;

/** How the interval went as sessions came in, with the moments at which the verdict changed. */
export function timePlot(data: PageData, width: number, format: Format): VNode | undefined {
  const { looks, texts, target } = data;
  const [first] = looks;
  const last = looks.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const kind = last.interval.scale;
  const write = (value: number): string => format.effect(kind, value);
  const x = linearScale([first.sessions, Math.max(last.sessions, first.sessions + 1)], [12, width - 12]);
  const y = effectAxis(looks, target);
  const place = (look: Look): number => x.place(look.sessions);
  const grid = chooseTicks(y, 26);
  let number = 0;
  return drawing('overTime', width, HEIGHT, texts.overTimeTitle, [
    ...grid.map(({ at }) => line(0, at, width, at, 'grid-line')),
    h('path', { class: 'band', d: band(looks, place, y) }),
    h('path', { class: 'band-edge', d: edge(looks, place, y, ({ lower }) => lower) }),
    h('path', { class: 'band-edge', d: edge(looks, place, y, ({ upper }) => upper) }),
    h('path', { class: 'estimate-line', d: edge(looks, place, y, ({ estimate }) => estimate) }),
    line(0, y.place(0), width, y.place(0), 'zero-line'),
    ...(target === undefined
      ? []
      : [
          line(0, y.place(target), width, y.place(target), 'target-line'),
          label(fill(texts.target, write(target)), width, y.place(target) - 5, width, {
            anchor: 'end',
            className: 'label target-label halo',
          }),
        ]),
    ...grid.map(({ value, at }) =>
      label(value === 0 ? texts.noChange : write(value), 0, at - 4, width, {
        anchor: 'start',
        className: 'label halo',
      }),
    ),
    ...looks.map((look) =>
      h('circle', {
        class: 'look',
        cx: round(place(look)),
        cy: round(y.place(look.interval.estimate)),
        r: looks.length > 60 ? 1.5 : 2.5,
        'data-sessions': look.sessions,
        'data-estimate': look.interval.estimate,
        'data-lower': look.interval.lower ?? '',
        'data-upper': look.interval.upper ?? '',
      }),
    ),
    ...looks.flatMap((look) => (look.decision === undefined ? [] : [decisionMark(place(look), (number += 1), width)])),
    axis(chooseTicks({ ...x, candidates: x.candidates.filter(Number.isInteger) }, 52), BOTTOM, width, format.count),
    label(texts.sessionsSoFar, width / 2, HEIGHT - 6, width, { className: 'label side' }),
  ]);
}

/** What the last intervals need. The first ones are so wide that the rest would be a line; they run off the edge. */
function effectAxis(looks: readonly Look[], target: number | undefined): Scale {
  const late = looks.slice(Math.floor(looks.length / 3)).map(({ interval }) => interval);
  const shown = late.flatMap(({ estimate, lower, upper }) => [estimate, lower ?? estimate, upper ?? estimate]);
  const low = Math.min(0, target ?? 0, ...shown);
  const high = Math.max(0, target ?? 0, ...shown);
  const margin = (high - low || 0.1) * 0.08;
  const ends = [low - margin, high + margin] as const;
  const range = [BOTTOM, TOP] as const;
  return looks.at(-1)?.interval.scale === 'log' ? changeScale(ends, range) : linearScale(ends, range);
}

type Place = (look: Look) => number;

function edge(looks: readonly Look[], place: Place, y: Scale, of: (interval: Interval) => number | undefined): string {
  let drawing = false;
  return looks
    .map((look) => {
      const value = of(look.interval);
      if (value === undefined) {
        drawing = false;
        return '';
      }
      const step = `${drawing ? 'L' : 'M'}${round(place(look))} ${round(y.place(value))}`;
      drawing = true;
      return step;
    })
    .join('');
}

/** An absent bound reaches to the edge of the plot. */
function band(looks: readonly Look[], place: Place, y: Scale): string {
  const upper = looks.map((look) => [
    place(look),
    look.interval.upper === undefined ? TOP : y.place(look.interval.upper),
  ]);
  const lower = looks.map((look) => [
    place(look),
    look.interval.lower === undefined ? BOTTOM : y.place(look.interval.lower),
  ]);
  return `M${[...upper, ...lower.reverse()].map((point) => point.map(round).join(' ')).join('L')}Z`;
}

function decisionMark(at: number, number: number, width: number): VNode {
  const x = Math.max(9, Math.min(at, width - 9));
  return h(
    'g',
    { class: 'decision' },
    line(at, TOP - 6, at, BOTTOM, 'decision-line'),
    h('circle', { cx: round(x), cy: 12, r: 9 }),
    h('text', { x: round(x), y: 16, 'text-anchor': 'middle' }, String(number)),
  );
}
