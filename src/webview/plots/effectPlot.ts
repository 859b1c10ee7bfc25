import { fill, type Format } from '../format';
import { h, type VNode } from '../h';
import type { Interval, PageData } from '../pageData';
import { axis, drawing, label, LETTER, line, round } from './parts';
import { changeScale, chooseTicks, linearScale, type Scale } from './scale';

const HEIGHT = 138;
const MIDDLE = 52;
const AXIS = 84;
/** The axis reaches at least this far to both sides: ln 1.25, or a twentieth of a share. */
const LEAST = { log: Math.log(1.25), difference: 0.05 };

/** The effect with its interval on one line, against no change and the target. */
export function effectPlot(data: PageData, effect: Interval, width: number, format: Format): VNode {
  const { texts, target, metric } = data;
  const scale = effectScale(effect, target, [10, width - 10]);
  const write = (value: number): string => format.effect(effect.scale, value);
  const zero = scale.place(0);
  const goodIsLess = metric.better !== 'Increase';
  const from = effect.lower === undefined ? 0 : scale.place(effect.lower);
  const to = effect.upper === undefined ? width : scale.place(effect.upper);
  const estimate = scale.place(effect.estimate);
  const [left, right] = goodIsLess ? [texts.better, texts.worse] : [texts.worse, texts.better];

  const targetMark = (at: number): VNode[] => {
    const [x, end] = goodIsLess ? [0, at] : [at, width];
    return [
      h('rect', { class: 'target-zone', x: round(x), y: 18, width: round(Math.max(0, end - x)), height: AXIS - 18 }),
      line(at, 18, at, AXIS, 'target-line'),
      label(fill(texts.target, write(target ?? 0)), at, 12, width, {
        anchor: (target ?? 0) < 0 ? 'end' : 'start',
        className: 'label target-label',
      }),
    ];
  };
  return drawing('effect', width, HEIGHT, texts.effectTitle, [
    ...(target === undefined ? [] : targetMark(scale.place(target))),
    line(zero, 18, zero, AXIS, 'zero-line'),
    label(texts.noChange, zero, 12, width, {
      anchor: (target ?? 0) < 0 ? 'start' : target === undefined ? 'middle' : 'end',
    }),
    h(
      'g',
      {
        class: 'interval',
        'data-estimate': effect.estimate,
        'data-lower': effect.lower ?? '',
        'data-upper': effect.upper ?? '',
      },
      line(from, MIDDLE, to, MIDDLE, 'interval-bar'),
      effect.lower === undefined ? arrow(0, 1) : line(from, MIDDLE - 8, from, MIDDLE + 8, 'interval-end'),
      effect.upper === undefined ? arrow(width, -1) : line(to, MIDDLE - 8, to, MIDDLE + 8, 'interval-end'),
      h('circle', { class: 'interval-estimate', cx: round(estimate), cy: MIDDLE, r: 7 }),
    ),
    label(write(effect.estimate), estimate, MIDDLE - 14, width, { className: 'label strong' }),
    ...boundLabels(effect, from, to, width, write),
    axis(chooseTicks(scale, 48), AXIS, width, write),
    label(`← ${left}`, 0, HEIGHT - 8, width, { anchor: 'start', className: 'label side' }),
    label(`${right} →`, width, HEIGHT - 8, width, { anchor: 'end', className: 'label side' }),
  ]);
}

/** All that must be seen, with room on both sides; a missing bound runs off the edge. */
export function effectScale(effect: Interval, target: number | undefined, range: readonly [number, number]): Scale {
  const { scale, estimate, lower, upper } = effect;
  const shown = [0, estimate, target ?? 0, lower ?? estimate, upper ?? estimate];
  const least = LEAST[scale];
  const low = Math.min(...shown, -least);
  const high = Math.max(...shown, least);
  const margin = (high - low) * (lower === undefined || upper === undefined ? 0.25 : 0.1);
  const ends = [low - margin, high + margin] as const;
  return scale === 'log' ? changeScale(ends, range) : linearScale(ends, range);
}

function arrow(x: number, direction: 1 | -1): VNode {
  const tip = x;
  const back = x + direction * 9;
  return h('path', {
    class: 'interval-end',
    d: `M${round(back)} ${MIDDLE - 7}L${round(tip)} ${MIDDLE}L${round(back)} ${MIDDLE + 7}`,
  });
}

/** Both bounds below their ends; as one text where they would run into each other. */
function boundLabels(
  { lower, upper }: Interval,
  from: number,
  to: number,
  width: number,
  write: (value: number) => string,
): VNode[] {
  const y = MIDDLE + 22;
  const [low, high] = [lower, upper].map((value) => (value === undefined ? undefined : write(value)));
  if (low !== undefined && high !== undefined && to - from < (low.length + high.length + 2) * (LETTER / 2)) {
    return [label(`${low} … ${high}`, (from + to) / 2, y, width, { className: 'label halo' })];
  }
  return [
    ...(low === undefined ? [] : [label(low, from, y, width, { className: 'label halo' })]),
    ...(high === undefined ? [] : [label(high, to, y, width, { className: 'label halo' })]),
  ];
}
