import { PriceTable } from './priceTable';

/** Which price table `costUsd` comes from. Change it together with the package. */
export const PRICES_VERSION = 'genai-prices 0.1.8';

/** What one API response used, each token in one place. */
export interface ResponseUsage {
  model: string | undefined;
  /** When it was, ms since the epoch: it costs what the model cost on that day. */
  at: number;
  /** Fresh input: cache reads and writes are apart. */
  input: number;
  /** All output, with reasoning where the agent reports that apart: it is priced as output. */
  output: number;
  cacheRead: number;
  /** All cache writes; `cacheWrite1h` is the part of it that lives for an hour. */
  cacheWrite: number;
  cacheWrite1h?: number;
  /** What the agent itself says that it cost; taken where the price table has no price. */
  recordedUsd?: number | undefined;
}

/** The cost of a session in fields of `IndexedSession`. */
export interface SessionCost {
  /** USD at API list prices; absent where a response has no known price. */
  costUsd?: number;
  /** The models without a known price, `unknown` for a response that names none. */
  unpricedModels?: string[];
  pricesVersion?: string;
}

let loading: Promise<PriceTable> | undefined;

/** The price tables are large: they are evaluated when the first session is priced, not when the extension starts. */
async function loadTable(): Promise<PriceTable> {
  // eslint-disable-next-line no-restricted-syntax -- A package is no layer, and a static import would be evaluated at once.
  loading ??= import('@pydantic/genai-prices').then((prices) => new PriceTable(prices.calcPrice));
  return loading;
}

/**
 * The cost of responses, each at the price of its day and by its own size (prices have tiers). Only for sessions whose tokens are
 * known: no responses cost nothing.
 */
export async function priceResponses(responses: readonly ResponseUsage[]): Promise<SessionCost> {
  const table = await loadTable();
  const unpriced = new Set<string>();
  let sum = 0;
  for (const response of responses) {
    const usd = priceOf(response, table) ?? response.recordedUsd;
    if (usd === undefined) {
      unpriced.add(response.model ?? 'unknown');
    } else {
      sum += usd;
    }
  }
  return unpriced.size > 0 ? { unpricedModels: [...unpriced].sort() } : { costUsd: sum, pricesVersion: PRICES_VERSION };
}

function priceOf(response: ResponseUsage, table: PriceTable): number | undefined {
  const { input, output, cacheRead, cacheWrite, model, at } = response;
  if (input + output + cacheRead + cacheWrite === 0) {
    return 0; // Nothing costs nothing, whatever the model.
  }
  const cacheWrite1h = Math.min(response.cacheWrite1h ?? 0, cacheWrite);
  return table.price(model ?? '', { input, output, cacheRead, cacheWrite, cacheWrite1h }, at);
}
