import type { Tokens } from '../../api';
import type { SqlRow } from '../reading/sqliteReader';
import { countOf, textOf } from '../reading/values';

/** One row of the table `spans` in `agent-traces.db`, with the chat session that a helper call was made for. */
export interface Span {
  conversation: string | undefined;
  /** The session as the table says it, and else the one that a helper call was made for. */
  chatSessionColumn: string | undefined;
  chatSession: string | undefined;
  operation: string | undefined;
  model: string | undefined;
  tokens: Tokens;
  failed: boolean;
  start: number;
  end: number;
}

export const SPANS_QUERY = `
  SELECT s.span_id, s.operation_name, s.conversation_id, s.chat_session_id, s.request_model, s.response_model, s.input_tokens,
    s.output_tokens, s.cached_tokens, s.status_code, s.start_time_ms, s.end_time_ms, a.value AS parent_chat_session_id
  FROM spans s LEFT JOIN span_attributes a ON a.span_id = s.span_id AND a.key = 'copilot_chat.parent_chat_session_id'`;

const FAILED = 2;

export function spanOf(row: SqlRow): Span {
  const cacheRead = countOf(row['cached_tokens']) ?? 0;
  const input = countOf(row['input_tokens']) ?? 0;
  return {
    conversation: textOf(row['conversation_id']),
    chatSessionColumn: textOf(row['chat_session_id']),
    chatSession: textOf(row['chat_session_id']) ?? textOf(row['parent_chat_session_id']),
    operation: textOf(row['operation_name']),
    model: textOf(row['response_model']) ?? textOf(row['request_model']),
    tokens: {
      input: Math.max(0, input - cacheRead),
      output: countOf(row['output_tokens']) ?? 0,
      cacheRead,
      cacheWrite: 0,
    },
    failed: row['status_code'] === FAILED,
    start: Math.floor(Number(row['start_time_ms'])),
    end: Math.floor(Number(row['end_time_ms'])),
  };
}

/** What a group of spans comes to. */
export interface SpanTotals {
  tokens: Tokens;
  /** Calls of the model, and which model answered. */
  calls: number;
  models: Record<string, number>;
  toolCalls: number;
  toolErrors: number;
  /** Runs of the agent: one for each request of a person. */
  runs: number;
  start: number;
  end: number;
}

/** Totals by what `key` says of each span; only calls of the model carry tokens, other spans repeat them. */
export function totalsBy(spans: readonly Span[], key: (span: Span) => string): Map<string, SpanTotals> {
  const groups = new Map<string, SpanTotals>();
  for (const span of spans) {
    const name = key(span);
    const group = groups.get(name) ?? emptyTotals();
    groups.set(name, group);
    group.start = Math.min(group.start, span.start);
    group.end = Math.max(group.end, span.end);
    if (span.operation === 'chat') {
      addCall(group, span);
    } else if (span.operation === 'execute_tool') {
      group.toolCalls++;
      group.toolErrors += span.failed ? 1 : 0;
    } else if (span.operation === 'invoke_agent') {
      group.runs++;
    }
  }
  return groups;
}

function emptyTotals(): SpanTotals {
  return {
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    calls: 0,
    models: {},
    toolCalls: 0,
    toolErrors: 0,
    runs: 0,
    start: Infinity,
    end: -Infinity,
  };
}

function addCall(group: SpanTotals, { tokens, model }: Span): void {
  group.calls++;
  group.tokens.input += tokens.input;
  group.tokens.output += tokens.output;
  group.tokens.cacheRead += tokens.cacheRead;
  if (model !== undefined) {
    group.models[model] = (group.models[model] ?? 0) + 1;
  }
}

/** Totals of each chat session, with the calls that were made for it in conversations of their own (its title, say). */
export function totalsBySession(spans: readonly Span[]): Map<string, SpanTotals> {
  return totalsBy(
    spans.filter((span) => span.chatSession !== undefined),
    (span) => span.chatSession ?? '',
  );
}
