import { h, type VNode } from '../h';
import type { GuardrailRow, Side, Tone } from '../pageData';

/** Small drawings, so that nothing is told by colour alone. They are beside a text that says the same, so nobody hears them. */
function icon(className: string, ...shapes: readonly VNode[]): VNode {
  return h('svg', { class: `icon ${className}`, viewBox: '0 0 24 24', 'aria-hidden': 'true' }, shapes);
}
const path = (d: string): VNode => h('path', { d });
const ring = h('circle', { cx: 12, cy: 12, r: 10 });

const toneShapes: Record<Tone, readonly VNode[]> = {
  good: [ring, path('M7 12.5l3.5 3.5L17 9')],
  bad: [path('M8 2h8l6 6v8l-6 6H8l-6-6V8z'), path('M8.5 8.5l7 7M15.5 8.5l-7 7')],
  even: [ring, path('M7.5 9.8h9M7.5 14.2h9')],
  wait: [
    path(
      'M6 2.5h12M6 21.5h12M7.5 2.5v4c0 3 4.5 4 4.5 5.5s-4.5 2.5-4.5 5.5v4M16.5 2.5v4c0 3-4.5 4-4.5 5.5s4.5 2.5 4.5 5.5v4',
    ),
  ],
  caution: [path('M12 2.5L22.5 21H1.5z'), path('M12 9v6M12 17.5v.6')],
};

export const toneIcon = (tone: Tone): VNode => icon('tone', ...toneShapes[tone]);

const statusTone: Record<GuardrailRow['status'], Tone> = { pass: 'good', breached: 'bad', undecided: 'wait' };

export const statusIcon = (status: GuardrailRow['status']): VNode =>
  icon(`status ${status}`, ...toneShapes[statusTone[status]]);

/** Control is a ring and Treatment a full circle, as in the side bar. */
export const variantIcon = (side: Side): VNode =>
  icon(`variant ${side.toLowerCase()}`, h('circle', { cx: 12, cy: 12, r: 8 }));

export const revealIcon = icon('reveal', path('M3 4h18v16H3zM9 4v16M5 8h2M5 12h2'));
