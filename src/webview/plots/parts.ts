import { h, type VNode } from '../h';
import type { Tick } from './scale';

/** Roughly what a letter of the plots' text takes, px. Only for keeping labels apart and inside. */
export const LETTER = 6.8;

export const round = (value: number): number => Math.round(value * 10) / 10;

export function line(x1: number, y1: number, x2: number, y2: number, className: string): VNode {
  return h('line', { x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2), class: className });
}

type Anchor = 'start' | 'middle' | 'end';

/** A text that begins, ends or has its middle at `x`; at the edge where it would leave the plot. */
export function label(
  text: string,
  x: number,
  y: number,
  width: number,
  { anchor = 'middle', className = 'label' }: { anchor?: Anchor; className?: string } = {},
): VNode {
  const length = text.length * LETTER;
  const left = anchor === 'start' ? x : anchor === 'end' ? x - length : x - length / 2;
  const [at, side]: [number, Anchor] = left < 0 ? [0, 'start'] : left + length > width ? [width, 'end'] : [x, anchor];
  return h('text', { x: round(at), y: round(y), 'text-anchor': side, class: className }, text);
}

/** A horizontal axis with its ticks and their labels below. */
export function axis(ticks: readonly Tick[], y: number, width: number, write: (value: number) => string): VNode {
  return h(
    'g',
    { class: 'axis' },
    line(0, y, width, y, 'axis-line'),
    ticks.map(({ at }) => line(at, y, at, y + 4, 'axis-line')),
    ticks.map(({ value, at }) => label(write(value), at, y + 17, width)),
  );
}

/**
 * The drawing of a plot. For those who do not see it it is one picture with a name, whose content is in the caption and the table.
 */
export function drawing(id: string, width: number, height: number, name: string, children: readonly VNode[]): VNode {
  return h(
    'svg',
    {
      class: 'plot',
      width: Math.floor(width),
      height,
      viewBox: `0 0 ${Math.floor(width)} ${height}`,
      role: 'img',
      'aria-label': name,
      'aria-describedby': `${id}-caption`,
    },
    children,
  );
}
