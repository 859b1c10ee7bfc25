import { Random } from '../../scripts/demo/random';
import type { Experiment } from '../../src/api';
import { computeReport } from '../../src/domain/report';
import type { SampleEntry } from '../../src/domain/sample';
import { pageOf } from '../../src/ui/report/pageOf';
import { reportOf } from '../../src/ui/report/reportOf';
import type { PageData } from '../../src/webview/pageData';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 2, 9);

/** Experiments as they end up, and one that is still open; each with seeded chance, so that it is the same every time. */
const STORIES = {
  win: { ratio: 0.55, perSide: 45 },
  none: { ratio: 1, perSide: 160 },
  harm: { ratio: 1.8, perSide: 45 },
  open: { ratio: 0.7, perSide: 12 },
  few: { ratio: 0.7, perSide: 3 },
} as const;
export type Story = keyof typeof STORIES;

const EXPERIMENT: Experiment = {
  id: 'experiment-1',
  name: 'Shorter CLAUDE.md',
  hypothesis: 'Less is read before every task, so fewer tokens are used',
  changeDescription: 'The rules are cut from nine lines to two',
  metric: 'TokensPerSession',
  durationDays: 14,
  binding: { kind: 'ManualTag' },
  successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -15 },
  guardrails: [
    { metric: 'DurationMinutes', regressionDirection: 'Increase', thresholdPct: 20 },
    { metric: 'SuccessRate', regressionDirection: 'Decrease', thresholdPct: 10 },
  ],
  state: 'Running',
  createdAt: START,
  startedAt: START,
};

export interface StoryOptions {
  perSide?: number;
  /** Sessions that came in since. */
  more?: number;
  /** Of every session. */
  title?: string;
}

function entries(story: Story, options: StoryOptions): SampleEntry[] {
  const { ratio, perSide } = { ...STORIES[story], ...options };
  const random = new Random(11);
  return Array.from({ length: perSide * 2 + (options.more ?? 0) }, (_, index) => {
    const variant = index % 2 === 0 ? 'Control' : 'Treatment';
    const startedAt = START + index * 2 * HOUR;
    const size = 60_000 * random.factor(0.5);
    const minutes = 14 * random.factor(0.3);
    // Of some sessions nothing is known.
    const values =
      index % 29 === 28
        ? {}
        : {
            TokensPerSession: Math.round(size * (variant === 'Treatment' ? ratio : 1)),
            DurationMinutes: minutes,
            SuccessRate: random.chance(0.85) ? 1 : 0,
          };
    return {
      sessionId: `session-${index}`,
      variant,
      source: 'tag',
      startedAt,
      lastActiveAt: startedAt + HOUR,
      day: new Date(startedAt).toISOString().slice(0, 10),
      agent: index % 3 === 0 ? 'codex' : 'claude-code',
      values,
    };
  });
}

/** The page of a story, by the functions that make it in the editor. */
export function storyPage(story: Story, options: StoryOptions = {}): PageData {
  const sample = {
    entries: entries(story, options),
    excluded: [
      { sessionId: 'out-1', reason: 'excludedTag' as const },
      { sessionId: 'out-2', reason: 'notTagged' as const },
    ],
    gone: { Control: 0, Treatment: 0 },
  };
  const facts = computeReport({
    experiment: EXPERIMENT,
    sample,
    now: (sample.entries.at(-1)?.startedAt ?? START) + HOUR,
  });
  return pageOf({
    facts,
    report: reportOf(facts),
    locale: 'en',
    session: (id) => ({
      id,
      agent: sample.entries.find(({ sessionId }) => sessionId === id)?.agent ?? 'codex',
      title: options.title ?? `Move the price formatting into one module (${id})`,
      startedAt: START,
      lastActiveAt: START,
      prompts: 1,
      toolCalls: 0,
      toolErrors: 0,
      filesTouched: 0,
      activeMinutes: 1,
      wallMinutes: 1,
      transcript: '/transcript.jsonl',
    }),
  });
}
