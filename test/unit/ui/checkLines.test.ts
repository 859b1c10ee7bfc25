import '../../support/vscodeStub';
import assert from 'node:assert/strict';
import type { Metric } from '../../../src/api';
import type { ReportFacts } from '../../../src/domain/reportFacts';
import { checkLines } from '../../../src/ui/report/checkLines';
import { pageOf, unitOf } from '../../../src/ui/report/pageOf';
import { markdown } from '../../../src/ui/report/markdown';
import { reportOf } from '../../../src/ui/report/reportOf';
import { makeFormat } from '../../../src/webview/format';
import { normals, reportOn, running, sampleOf } from '../domain/simulation';

/** A report with that many sessions a side, Treatment at half of Control; what is tagged, by which agents. */
function factsOf(metric: Metric, perSide: number): ReportFacts {
  const normal = normals(3);
  const values = (center: number): number[] => Array.from({ length: perSide }, () => center * Math.exp(0.2 * normal()));
  const sample = sampleOf(values(4), values(2));
  const entries = sample.entries.map((entry, index) => ({
    ...entry,
    source: 'tag' as const,
    taggedAt: entry.lastActiveAt + (index < 3 ? 3_600_000 : 0),
    agent: index % 3 === 0 ? 'codex' : 'claude-code',
    version: index % 2 === 0 ? '2.0.1' : '2.0.2',
    values: { [metric]: Object.values(entry.values)[0] },
  }));
  return reportOn(running({ metric }), { ...sample, entries });
}

const linesOf = (facts: ReportFacts): Map<string, string> => {
  const format = makeFormat('en', unitOf[facts.plan.metric], '{0} points');
  return new Map(checkLines(facts, format).map(({ label, value }) => [label, value]));
};

describe('what stands beside the verdict', () => {
  it('is the comparison by ranks, by middle values and, of costs, in money', () => {
    const facts = factsOf('CostPerSession', 30);
    const lines = linesOf(facts);
    assert.match(lines.get('By ranks') ?? '', /^Of two sessions, that of Treatment has the higher value in \d/);
    assert.match(lines.get('Money') ?? '', /^−\$[12]\.\d+ \(−\$\d\.\d+ to [−+]\$\d\.\d+\) on average/);
    assert.match(lines.get('Middle values') ?? '', /^−\$\d\.\d+ \(.*Not to decide by/);
    const report = reportOf(facts);
    assert.deepEqual([report.meanDifference, report.ranks], [facts.meanDifference, facts.ranks]);
    const page = pageOf({ facts, report, locale: 'en', session: () => undefined });
    assert.deepEqual(
      page.checks.map(({ label }) => label),
      [...lines.keys()],
    );
    const text = markdown(page, 0);
    for (const label of lines.keys()) assert.ok(text.includes(`- ${label}: `), label);
  });

  it('says nothing of money where the metric is none, and nothing of ranks of few sessions', () => {
    assert.ok(!linesOf(factsOf('TokensPerSession', 30)).has('Money'));
    assert.ok(!linesOf(factsOf('CostPerSession', 8)).has('By ranks'));
  });

  it('shows how agents, models and versions are mixed, and what was tagged late', () => {
    const lines = linesOf(factsOf('TokensPerSession', 30));
    assert.match(lines.get('Agents') ?? '', /^Claude Code: \d+ of Control, \d+ of Treatment; Codex: /);
    assert.match(lines.get('Versions') ?? '', /Claude Code 2\.0\.1: /);
    assert.ok(lines.has('Models'));
    assert.match(lines.get('Late tags') ?? '', /: \d of Control, \d of Treatment\. Changed then: 0\./);
  });
});
