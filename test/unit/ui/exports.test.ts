import '../../support/vscodeStub';
import assert from 'node:assert/strict';
import type { Report } from '../../../src/api';
import { csv } from '../../../src/ui/report/csv';
import { markdown } from '../../../src/ui/report/markdown';
import { storyPage } from '../../page/data';

const report = (sample: Report['sample'], excluded: Report['excluded'] = []): Report => ({
  experimentId: 'e',
  state: 'Running',
  metric: 'TokensPerSession',
  computedAt: 0,
  frozen: false,
  verdict: { kind: 'TooFewSessions', sentence: '', reasons: [] },
  variants: { control: { n: 0, missing: 0 }, treatment: { n: 0, missing: 0 } },
  guardrails: [],
  excluded,
  sample,
});

describe('the exports of a report', () => {
  it('give the sample as CSV, unknown values empty', () => {
    const text = csv(
      report(
        [
          { sessionId: 'a', variant: 'Control', source: 'tag', value: 12.5, startedAt: 0 },
          { sessionId: 'b', variant: 'Treatment', source: 'binding', startedAt: 86_400_000 },
        ],
        [{ sessionId: 'c', reason: 'Tagged as "Excluded", by hand' }],
      ),
    );
    assert.equal(
      text,
      [
        'session_id,variant,source,started_at,metric,value,excluded_because',
        'a,Control,tag,1970-01-01T00:00:00.000Z,TokensPerSession,12.5,',
        'b,Treatment,binding,1970-01-02T00:00:00.000Z,TokensPerSession,,',
        'c,,,,TokensPerSession,,"Tagged as ""Excluded"", by hand"',
        '',
      ].join('\r\n'),
    );
  });

  it('give a spreadsheet no formula, and survive times that are none', () => {
    for (const sessionId of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1']) {
      const [, line = ''] = csv(report([{ sessionId, variant: 'Control', source: 'tag', startedAt: 9e15 }])).split(
        '\r\n',
        2,
      );
      assert.match(line.replace(/^"/, ''), /^'/, JSON.stringify(sessionId));
      assert.ok(line.endsWith(',Control,tag,,TokensPerSession,,'), line);
    }
  });

  it('give a pull request what it needs, and no session', () => {
    const data = storyPage('win', { title: 'a secret plan' });
    const text = markdown(data, Date.UTC(2026, 2, 10));
    assert.ok(text.startsWith(GOLDEN_START), text);
    for (const part of [
      '| Must not get worse | Status |',
      'Left out and missing: ',
      'anytime-valid',
      '- Change: The rules',
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.doesNotMatch(text, /a secret plan|session-1/);
  });

  it('escape names', () => {
    const text = markdown({ ...storyPage('few'), name: '[x](javascript:1) <img> @all | a\n# b' }, 0);
    assert.equal(text.split('\n')[0], '# \\[x\\]\\(javascript\\:1\\) \\<img\\> \\@all \\| a \\# b');
  });
});

const GOLDEN_START = `# Shorter CLAUDE\\.md

**Keep the change: it reaches the target of −15%.** Tokens per session: −44%. Whether every guardrail holds is still open.

- Guardrail open: Active minutes may or may not be beyond the margin of +20%: −2.3% (−21% to +21%).
- Guardrail open: Success rate may or may not be beyond the margin of −10%: −6.6 points (−30.1 points to +17 points).

| Tokens per session | Sessions | Missing | Median | Mean |
| :-- | --: | --: | --: | --: |
| Control | 43 | 2 | 55,806 | 58,354 |
| Treatment | 44 | 1 | 32,737 | 35,305 |

**Tokens per session with the change: −44%**, between −60% and −21%, 95% sure.

| Must not get worse | Status | Limit | Change |
| :-- | :-- | :-- | :-- |
| Active minutes | Not decided yet | under +20% | −2.3% (−21% to +21%) |
| Success rate | Not decided yet | above −10% | −6.6 points (−30.1 points to +17 points) |
`;
