import assert from 'node:assert/strict';
import './claudeCode.test';
import './cline.test';
import './codex.test';
import { comparisons, MOST_WRONG_ROWS, WRONG_ROWS } from './compare';
import './copilotChat.test';
import './copilotCli.test';
import './cursor.test';
import { findFixtures } from './fixtures';
import './gemini.test';
import './opencode.test';

const rows = Object.entries(findFixtures()?.expected.sessions ?? {});

/**
 * By hand: only two samples hold such a command. In the first `npm test` and `npm run build` go on when their calls return, and
 * later records end them with code 0; in the other (`codex-session-updated.jsonl`) `cargo test` has no result.
 */
const OUTCOMES = [
  [
    'codex/codemie-ai+codemie-code/rollout-2026-05-11T11-26-55-019e1625-789d-76c0-80ab-3724b5ddb799.jsonl',
    'success',
    'npm run build',
  ],
];

/** The tests of the agents are imported, so they have compared their rows before this looks at the outcome. */
describe('All rows of the sample sessions', () => {
  before(function () {
    if (rows.length === 0) {
      this.skip();
    }
  });

  it('were compared, each one of 113', () => {
    assert.equal(rows.length, 113);
    assert.deepEqual(
      rows.map(([key]) => key).filter((key) => !comparisons.has(key)),
      [],
    );
  });

  it(`agree, but for at most ${MOST_WRONG_ROWS} that are listed as wrong`, () => {
    const differing = [...comparisons].filter(([, { agrees }]) => !agrees).map(([key]) => key);
    assert.deepEqual(differing.sort(), Object.keys(WRONG_ROWS).sort());
    assert.ok(differing.length <= MOST_WRONG_ROWS, `${differing.length} rows differ`);
  });

  it('have an outcome only where a recorded command tests or builds, and says how it ended', () => {
    const outcomes = [...comparisons].flatMap(([key, { session }]) =>
      session?.outcome === undefined ? [] : [[key, session.outcome, session.outcomeCommand]],
    );
    assert.deepEqual(outcomes, OUTCOMES);
  });

  it('report no tokens where the session has no token data', () => {
    const without = rows.filter(([key, row]) => !(WRONG_ROWS[key]?.tokens_known ?? row.tokens_known));
    assert.ok(without.length > 0);
    for (const [key] of without) {
      const session = comparisons.get(key)?.session;
      const reported = [session?.tokens, session?.tokensKnown ?? 'none', session?.costUsd, session?.subagentTokens];
      assert.deepEqual(reported, [undefined, 'none', undefined, undefined], key);
    }
  });
});
