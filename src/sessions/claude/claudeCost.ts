import { priceResponses } from '../prices/prices';
import type { SessionCost } from '../prices/prices';
import type { ClaudeSession } from './claudeCombine';

const known = new WeakMap<ClaudeSession, Promise<SessionCost>>();

/** The cost of a session's responses, computed once for a session as it is. A response without a time costs as at the start. */
export function claudeCost(session: ClaudeSession): Promise<SessionCost> {
  const found = known.get(session);
  if (found) {
    return found;
  }
  const responses = session.responses.map((response) => ({ ...response, at: response.at ?? session.activity.first }));
  const cost = session.tokens ? priceResponses(responses) : Promise.resolve({});
  known.set(session, cost);
  return cost;
}
