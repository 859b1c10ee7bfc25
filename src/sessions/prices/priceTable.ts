import type { calcPrice, ModelPrice, Provider } from '@pydantic/genai-prices';
import { candidateNames } from './modelNames';
import { priceByRates } from './rates';
import type { PricedTokens } from './rates';

type Calc = typeof calcPrice;

interface Listed {
  /** The name that the table knows, and the table cut down to its model. */
  name: string;
  provider: Provider;
  /** Rates by UTC day; a model with one price for all times has one entry. */
  rates: Map<number, ModelPrice>;
  /** How long a rate holds at least, in ms; 0 where it depends on the time of day. */
  holds: number;
}

const DAY_MS = 24 * 60 * 60_000;

/** The price package, with what it says of a model remembered: asking it costs more than reading a response does. */
export class PriceTable {
  private readonly listed = new Map<string, Listed | undefined>();
  private readonly calc: Calc;

  constructor(calc: Calc) {
    this.calc = calc;
  }

  /** USD of a response at the price of its time (ms since the epoch); undefined where the model has no known price. */
  price(model: string, tokens: PricedTokens, at: number): number | undefined {
    try {
      const listed = this.find(model);
      const price = listed && this.priceListed(listed, tokens, at);
      return price !== undefined && Number.isFinite(price) ? price : undefined;
    } catch {
      return undefined; // The package refuses some numbers; what it cannot price is unknown.
    }
  }

  private find(model: string): Listed | undefined {
    if (!this.listed.has(model)) {
      this.listed.set(model, this.lookUp(model));
    }
    return this.listed.get(model);
  }

  private lookUp(model: string): Listed | undefined {
    for (const { name, providerId } of candidateNames(model)) {
      const found = this.calc({ input_tokens: 1 }, name, providerId === undefined ? {} : { providerId });
      if (found) {
        const { prices } = found.model;
        const dated = Array.isArray(prices) && prices.every(({ constraint }) => constraint?.type !== 'time_of_date');
        const holds = !Array.isArray(prices) ? Infinity : dated ? DAY_MS : 0;
        return { name, provider: { ...found.provider, models: [found.model] }, rates: new Map(), holds };
      }
    }
    return undefined;
  }

  private priceListed(listed: Listed, tokens: PricedTokens, at: number): number | undefined {
    const slot = listed.holds === Infinity ? 0 : Math.floor(at / DAY_MS);
    const rates = listed.holds > 0 ? listed.rates.get(slot) : undefined;
    const quick = rates && priceByRates(rates, tokens);
    if (quick !== undefined) {
      return quick;
    }
    const { name, provider } = listed;
    const result = this.calc(usageOf(tokens), name, { provider, timestamp: new Date(at) });
    if (!result) {
      return undefined;
    }
    listed.rates.set(slot, result.model_price);
    // Computed alike the first time and later, so that a session's cost does not depend on what was priced before it.
    return priceByRates(result.model_price, tokens) ?? result.total_price;
  }
}

function usageOf(tokens: PricedTokens): Parameters<Calc>[0] {
  return {
    input_tokens: tokens.input + tokens.cacheRead + tokens.cacheWrite,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_write_tokens: tokens.cacheWrite,
    ...(tokens.cacheWrite1h > 0 ? { cache_write_1h_tokens: tokens.cacheWrite1h } : {}),
  };
}
