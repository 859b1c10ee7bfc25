import { h, type Child, type VNode } from '../h';

/** A part of the page under a heading of its own, which names it to those who jump from part to part. */
export function section(id: string, title: string, ...children: readonly (Child | false | undefined)[]): VNode {
  return h(
    'section',
    { key: id, class: `part ${id}`, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    children,
  );
}

/** A plot with what it shows in words below, and the same numbers as a table to open. */
export function figure(
  id: string,
  plot: VNode | undefined,
  caption: string,
  table?: { summary: string; content: VNode },
): VNode {
  return h(
    'figure',
    {},
    // The place is there before the drawing, which needs its width.
    h('div', { class: 'canvas', 'data-plot': id }, plot),
    h('figcaption', { id: `${id}-caption` }, caption),
    table !== undefined && h('details', {}, h('summary', {}, table.summary), scrolling(table.summary, table.content)),
  );
}

/** A wide table moves by itself, not the page; by keyboard too. */
export function scrolling(name: string, content: VNode): VNode {
  return h('div', { class: 'scrolling', role: 'group', tabindex: 0, 'aria-label': name }, content);
}

/** Text from transcripts, isolated: what runs from right to left must not turn the line around. */
export const foreign = (text: string): VNode => h('bdi', {}, text);

export const head = (...titles: readonly string[]): VNode =>
  h(
    'thead',
    {},
    h(
      'tr',
      {},
      titles.map((title) => h('th', { scope: 'col' }, title)),
    ),
  );
