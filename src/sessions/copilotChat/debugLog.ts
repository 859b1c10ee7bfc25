import type { Tokens } from '../../api';
import { isRecord } from '../reading/jsonLines';
import { countOf, textOf } from '../reading/values';

/** The calls of the model in `debug-logs/<session>/main.jsonl`, which exists where a person turned it on. */
export class DebugLog {
  readonly tokens: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  readonly models: Record<string, number> = {};
  calls = 0;
  /** Requests of a person. */
  runs = 0;

  add(event: Readonly<Record<string, unknown>>): void {
    const type = textOf(event['type']);
    const attributes = isRecord(event['attrs']) ? event['attrs'] : {};
    if (type === 'user_message') {
      this.runs++;
    }
    const input = countOf(attributes['inputTokens']);
    const output = countOf(attributes['outputTokens']);
    if (type !== 'llm_request' || (input === undefined && output === undefined)) {
      return;
    }
    const cached = countOf(attributes['cachedTokens']) ?? 0;
    this.calls++;
    this.tokens.input += Math.max(0, (input ?? 0) - cached);
    this.tokens.output += output ?? 0;
    this.tokens.cacheRead += cached;
    const model = textOf(attributes['model']);
    if (model !== undefined) {
      this.models[model] = (this.models[model] ?? 0) + 1;
    }
  }
}
