import { isRecord } from '../reading/jsonLines';
import { countOf, isoTimeOf, textOf, versionOf } from '../reading/values';

/** The `session_meta` record at the start of a rollout. */
export interface CodexMeta {
  id: string | undefined;
  cwd: string | undefined;
  /** ms since the epoch. */
  startedAt: number | undefined;
  originator: string | undefined;
  version: string | undefined;
  commit: string | undefined;
  branch: string | undefined;
  /** A person forked this thread off another one. */
  forkedFrom: string | undefined;
  /** The thread that spawned this one as its sub-agent. */
  parentThread: string | undefined;
  subagent: boolean;
  /** The thread goes on from another one without holding a copy of its records. */
  basedOn: string | undefined;
  /** Records with a lower ordinal are the parent's. */
  historyStart: number | undefined;
}

export function metaFrom(payload: Readonly<Record<string, unknown>>): CodexMeta {
  const git = isRecord(payload['git']) ? payload['git'] : {};
  const source = isRecord(payload['source']) ? payload['source']['subagent'] : undefined;
  const spawn = isRecord(source) && isRecord(source['thread_spawn']) ? source['thread_spawn'] : {};
  const base = isRecord(payload['history_base']) ? payload['history_base'] : {};
  const commit = textOf(git['commit_hash']);
  const historyStart = payload['subagent_history_start_ordinal'];
  const parentThread = textOf(payload['parent_thread_id']) ?? textOf(spawn['parent_thread_id']);
  return {
    id: textOf(payload['id']) ?? textOf(payload['session_id']),
    cwd: textOf(payload['cwd']),
    startedAt: isoTimeOf(payload['timestamp']),
    originator: textOf(payload['originator']),
    version: versionOf(payload['cli_version']),
    commit: commit !== undefined && /^[0-9a-f]{7,64}$/i.test(commit) ? commit : undefined,
    branch: textOf(git['branch']),
    forkedFrom: textOf(payload['forked_from_id']),
    parentThread,
    subagent: source !== undefined || parentThread !== undefined,
    basedOn: textOf(base['thread_id']),
    historyStart: countOf(typeof historyStart === 'string' ? Number(historyStart) : historyStart),
  };
}
