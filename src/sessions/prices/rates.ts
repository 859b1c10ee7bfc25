import type { ModelPrice } from '@pydantic/genai-prices';

/** The tokens of one API response by what they cost; `cacheWrite1h` is part of `cacheWrite`. */
export interface PricedTokens {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  cacheWrite1h: number;
}

const PER = 1_000_000;

/**
 * USD of a response from a model's rates. A rate may have tiers: the highest that all input together exceeds is the rate of every
 * token. Where a kind has no rate of its own, the wider kind's counts: 1-hour writes as writes, cache reads and writes as input.
 * Undefined where the model is not priced by tokens alone.
 */
export function priceByRates(rates: ModelPrice, tokens: PricedTokens): number | undefined {
  if (rates['requests_kcount'] !== undefined) {
    return undefined;
  }
  const allInput = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  const rate = (key: string): number | undefined => {
    const value = rates[key];
    if (value === undefined || typeof value === 'number') {
      return value;
    }
    return value.tiers.reduce((price, tier) => (allInput > tier.start ? tier.price : price), value.base);
  };
  const input = rate('input_mtok') ?? 0;
  const write = rate('cache_write_mtok') ?? input;
  return (
    (tokens.input * input +
      tokens.output * (rate('output_mtok') ?? 0) +
      tokens.cacheRead * (rate('cache_read_mtok') ?? input) +
      (tokens.cacheWrite - tokens.cacheWrite1h) * write +
      tokens.cacheWrite1h * (rate('cache_write_1h_mtok') ?? write)) /
    PER
  );
}
