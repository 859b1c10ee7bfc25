import { fill, type Format } from '../format';
import { h, type VNode } from '../h';
import type { PageData } from '../pageData';
import { averageName, typical } from '../plots/sessionsPlot';
import { toneIcon, variantIcon } from './icons';

/** The answer: what to do in a few words, the sentence that says it exactly, and why. */
export function verdict({ verdict: { tone, headline, sentence, reasons } }: PageData): VNode {
  return h(
    'section',
    { key: 'verdict', class: `verdict tone-${tone}`, 'aria-labelledby': 'verdict-title' },
    toneIcon(tone),
    h(
      'div',
      {},
      h('h2', { id: 'verdict-title' }, headline),
      sentence !== '' && h('p', { class: 'sentence' }, sentence),
      reasons.length > 0 &&
        h(
          'ul',
          {},
          reasons.map((reason) => h('li', {}, reason)),
        ),
    ),
  );
}

/** The three numbers that one would quote. */
export function figures(data: PageData, format: Format): VNode {
  const { texts, effect } = data;
  const side = (variant: 'Control' | 'Treatment', name: string): VNode => {
    const value = typical(data, variant);
    const summary = data.summaries.find((known) => known.variant === variant);
    // What is hidden is not there: no number stands for it.
    if (summary === undefined)
      return h('div', { key: variant }, h('dt', {}, variantIcon(variant), name), h('dd', {}, '–'));
    return h(
      'div',
      { key: variant },
      h('dt', {}, variantIcon(variant), name),
      h('dd', { class: 'big' }, value === undefined ? '–' : format.value(value)),
      h('dd', {}, `${averageName(data)}, ${fill(texts.sessions, format.count(summary.n))}`),
    );
  };
  return h(
    'dl',
    { key: 'figures', class: 'figures' },
    effect !== undefined &&
      h(
        'div',
        { key: 'effect' },
        h('dt', {}, texts.withChange),
        h('dd', { class: 'big' }, format.effect(effect.scale, effect.estimate)),
        h('dd', {}, data.spoken.effectRange),
      ),
    side('Control', texts.control),
    side('Treatment', texts.treatment),
  );
}
