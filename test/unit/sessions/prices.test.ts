import assert from 'node:assert/strict';
import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { candidateNames } from '../../../src/sessions/prices/modelNames';
import { priceResponses, PRICES_VERSION } from '../../../src/sessions/prices/prices';
import type { ResponseUsage } from '../../../src/sessions/prices/prices';
import packageJson from '../../../node_modules/@pydantic/genai-prices/package.json';

const DAY = Date.UTC(2026, 4, 1, 12);

function response(fields: Partial<ResponseUsage> = {}): ResponseUsage {
  return { model: 'gpt-5', at: DAY, input: 1000, output: 100, cacheRead: 0, cacheWrite: 0, ...fields };
}

async function cost(...responses: Partial<ResponseUsage>[]): Promise<number | undefined> {
  return (await priceResponses(responses.map(response))).costUsd;
}

function assertClose(actual: number | undefined, expected: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) < 1e-12 * Math.max(1, expected),
    `${actual} ${expected}`,
  );
}

describe('Prices', () => {
  it('name the version of the package that they come from', () => {
    assert.equal(PRICES_VERSION, `genai-prices ${packageJson.version}`);
  });

  it('are the list price of each kind of token', async () => {
    assertClose(await cost({ input: 1e6, output: 0 }), 1.25);
    assertClose(await cost({ input: 0, output: 1e6 }), 10);
    assertClose(await cost({ input: 0, output: 0, cacheRead: 1e6 }), 0.125);
  });

  it('tell cache writes for five minutes from those for an hour', async () => {
    const writes = { model: 'claude-opus-4-6', input: 0, output: 0, cacheWrite: 1e5 };
    const short = await cost(writes);
    const long = await cost({ ...writes, cacheWrite1h: 1e5 });
    assertClose(short, 0.625);
    assertClose(long, 1);
    assert.equal(await cost({ ...writes, cacheWrite1h: 5e5 }), long, 'never more than all writes');
  });

  it('go by the size of each response, not of the session', async () => {
    const small = await cost({ model: 'gemini-2.5-pro', input: 150_000, output: 0 });
    const large = await cost({ model: 'gemini-2.5-pro', input: 300_000, output: 0 });
    assertClose(small, 0.1875);
    assertClose(large, 0.75);
    const both = { model: 'gemini-2.5-pro', input: 150_000, output: 0 };
    assertClose(await cost(both, both), 0.375);
  });

  it('are of the day of the response', async () => {
    const before = { model: 'o3', at: Date.UTC(2025, 4, 1), input: 1e6, output: 0 };
    assertClose(await cost(before), 10);
    assertClose(await cost({ ...before, at: Date.UTC(2025, 6, 1) }), 2);
  });

  it('are unknown for a session with any response that has none, which is named', async () => {
    const priced = await priceResponses([
      response(),
      response({ model: 'nobody-knows-this' }),
      response({ model: undefined }),
    ]);
    assert.deepEqual(priced, { unpricedModels: ['nobody-knows-this', 'unknown'] });
  });

  it('take what the agent recorded only where the table knows nothing', async () => {
    assert.equal(await cost({ model: 'nobody-knows-this', recordedUsd: 0.5 }), 0.5);
    assertClose(await cost({ recordedUsd: 99, input: 1e6, output: 0 }), 1.25);
  });

  it('are nothing for nothing', async () => {
    assert.equal(await cost({ model: 'nobody-knows-this', input: 0, output: 0 }), 0);
    assert.equal((await priceResponses([])).costUsd, 0);
  });

  for (const [given, known] of [
    ['openai/gpt-5.5', 'gpt-5.5'],
    ['copilot/claude-sonnet-4', 'claude-sonnet-4'],
    ['openrouter/anthropic/claude-opus-4-6', 'claude-opus-4-6'],
    ['claude-opus-4-20250514[1m]', 'claude-opus-4-20250514'],
    ['models/gemini-2.5-pro', 'gemini-2.5-pro'],
    ['gemini-3-pro', 'gemini-3-pro-preview'],
  ] as const) {
    it(`know ${given} as ${known}`, async () => {
      assert.equal(await cost({ model: given }), await cost({ model: known }));
      assert.ok((await cost({ model: known })) !== undefined);
    });
  }

  it('are Bedrock’s own for its names: more where the region is chosen', async () => {
    const base = await cost({ model: 'claude-haiku-4-5-20251001' });
    assertClose(await cost({ model: 'converse/jp.anthropic.claude-haiku-4-5-20251001-v1:0' }), (base ?? 0) * 1.1);
    assertClose(await cost({ model: 'global.anthropic.claude-haiku-4-5-20251001-v1:0' }), base ?? 0);
  });

  it('do not take a faster and dearer variant for the plain model', async () => {
    assert.equal(await cost({ model: 'anthropic/claude-opus-4-8-fast' }), undefined);
  });

  it('do not take a name with an unknown prefix for the known one', () => {
    assert.deepEqual(candidateNames('acme/gpt-5'), [{ name: 'acme/gpt-5' }]);
  });

  it('survive any name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (model) => {
        const { costUsd, unpricedModels } = await priceResponses([response({ model })]);
        assert.ok((costUsd === undefined) === (unpricedModels?.length === 1));
      }),
    );
    for (const model of ['__proto__', 'constructor', '/'.repeat(10_000), 'openai/'.repeat(5000)]) {
      assert.equal(await cost({ model }), undefined);
    }
  });

  it('equal those of the package for any usage, model and day', async () => {
    const tokens = fc.integer({ min: 0, max: 600_000 });
    const model = fc.constantFrom(
      ...['gpt-5.5', 'o4-mini', 'claude-sonnet-4-5', 'claude-opus-4-6', 'gemini-2.5-pro', 'deepseek-chat', 'kimi-k2'],
      ...['gpt-4o-mini', 'grok-4', 'claude-3-5-haiku-latest', 'gemini-3-flash-preview', 'gpt-5.2-codex', 'o3'],
    );
    const at = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2027, 0) });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          model,
          at,
          input: tokens,
          output: tokens,
          cacheRead: tokens,
          cacheWrite: tokens,
          part: fc.nat(100),
        }),
        async ({ part, ...usage }) => {
          const cacheWrite1h = Math.floor((usage.cacheWrite * part) / 100);
          const expected = calcPrice(
            {
              input_tokens: usage.input + usage.cacheRead + usage.cacheWrite,
              output_tokens: usage.output,
              cache_read_tokens: usage.cacheRead,
              cache_write_tokens: usage.cacheWrite,
              ...(cacheWrite1h > 0 ? { cache_write_1h_tokens: cacheWrite1h } : {}),
            },
            usage.model,
            { timestamp: new Date(usage.at) },
          );
          assertClose(await cost({ ...usage, cacheWrite1h }), expected?.total_price ?? NaN);
          assertClose(await cost({ ...usage, cacheWrite1h }), expected?.total_price ?? NaN); // Remembered rates.
        },
      ),
      { numRuns: 300 },
    );
  });
});
