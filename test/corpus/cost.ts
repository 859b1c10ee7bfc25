import assert from 'node:assert/strict';
import type { IndexedSession } from '../../src/sessions/model';
import { PRICES_VERSION } from '../../src/sessions/prices/prices';
import type { ExpectedSession } from './fixtures';

/** A difference that is only rounding: the rows have six decimals. */
const ROUNDING = 0.000_000_5 + 1e-12;

/**
 * Compares the cost with the row's. A row with responses that it could not price gives no cost: it was made without names put right
 * (`openai/gpt-5.5` is `gpt-5.5`). Where this extension can price them, ccusage's figure for the same tokens is compared.
 */
export function assertCost(session: IndexedSession, row: ExpectedSession): void {
  assert.equal(
    session.pricesVersion,
    session.costUsd === undefined ? undefined : PRICES_VERSION,
    'version of the prices',
  );
  const expected = row.cost_usd_genai_prices_0_1_8;
  if (!row.tokens_known || !expected || (expected.priced_responses === 0 && expected.unpriced_responses === 0)) {
    return;
  }
  if (expected.unpriced_responses === 0) {
    assertNear(session.costUsd, expected.cost);
    return;
  }
  if (session.costUsd === undefined) {
    const named = Object.keys(expected.unpriced_models).map((model) => (model === 'null' ? 'unknown' : model));
    assert.deepEqual(session.unpricedModels, named.sort(), 'models without a price');
    return;
  }
  assert.equal(expected.priced_responses, 0);
  assertNear(session.costUsd, row.ccusage_20_0_24_offline.cost_usd);
}

/** Equal but for the rounding of the rows. */
export function assertNear(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= ROUNDING, `cost: ${actual} is not ${expected}`);
}
