import type { IndexedSession } from '../model';
import { Breather } from '../reading/breathe';
import { judgeLiveness, type Liveness } from '../reading/liveness';
import { firstKnown, type SettledSession } from './claudeGroups';

export interface Surroundings {
  /** Processes by the id of their session, in lower case. */
  running: ReadonlyMap<string, number>;
  now: number;
  liveMinutes: number;
  /** Titles by the uuid of a conversation's last message. */
  summaries: ReadonlyMap<string, string>;
  /** Paths of transcripts that were deleted. */
  gone: ReadonlySet<string>;
  /** The workspace folder, for sessions that name none. */
  fallbackFolder: string | undefined;
}

/** What changes about a session though its transcripts do not. */
interface Outside {
  live: Liveness | undefined;
  title: string | undefined;
  gone: boolean;
  fallbackFolder: string | undefined;
}

/** Shapes sessions for the index; one that is as before is the same object as before. */
export class IndexedSessions {
  private readonly known = new WeakMap<SettledSession, { key: string; indexed: IndexedSession }>();

  async of(sessions: readonly SettledSession[], around: Surroundings): Promise<IndexedSession[]> {
    const breather = new Breather();
    const all: IndexedSession[] = [];
    for (const session of sessions) {
      all.push(this.one(session, outsideOf(session, around)));
      if (breather.due) await breather.pause();
    }
    return all;
  }

  private one(session: SettledSession, outside: Outside): IndexedSession {
    const { live, title, gone, fallbackFolder } = outside;
    const key = [live?.liveBecause, live?.liveUntil, title, gone, fallbackFolder].join('\n');
    const known = this.known.get(session);
    if (known?.key === key) return known.indexed;
    const indexed = toIndexed(session, outside);
    this.known.set(session, { key, indexed });
    return indexed;
  }
}

function outsideOf(session: SettledSession, around: Surroundings): Outside {
  const pid = around.running.size > 0 ? around.running.get(session.id.toLowerCase()) : undefined;
  let lastSign = session.activity.last;
  for (const { facts } of session.files) lastSign = Math.max(lastSign, facts.lastSign ?? 0);
  const main = mainOf(session);
  return {
    live: judgeLiveness({ pid, lastSign, now: around.now, liveMinutes: around.liveMinutes }),
    title: titleOf(session, around.summaries),
    gone: main !== undefined && around.gone.has(main.path),
    fallbackFolder: around.fallbackFolder,
  };
}

function mainOf({ files }: SettledSession): SettledSession['files'][number] | undefined {
  return files.find((file) => !file.facts.subagentFile);
}

/** Field by field: of a thousand sessions at a restart, joining parts of objects would take longest. */
function toIndexed(session: SettledSession, { live, title, gone, fallbackFolder }: Outside): IndexedSession {
  const { activity, model, branch, tokens, subagentTokens, outcome, cost } = session;
  const indexed: IndexedSession = {
    id: session.id,
    agent: 'claude-code',
    startedAt: activity.first,
    lastActiveAt: activity.last,
    prompts: session.prompts,
    toolCalls: session.toolCalls,
    toolErrors: session.toolErrors,
    filesTouched: session.filesTouched,
    activeMinutes: activity.activeMinutes,
    wallMinutes: activity.wallMinutes,
    toolLoops: session.toolLoops,
    models: session.models,
    slashCommands: session.slashCommands,
    apiErrors: session.apiErrors,
  };
  const workspaceFolder = firstKnown(session.files, (facts) => facts.relocatedCwd ?? facts.cwd) ?? fallbackFolder;
  if (title !== undefined) indexed.title = title;
  if (workspaceFolder !== undefined) indexed.workspaceFolder = workspaceFolder;
  if (live === undefined) indexed.endedAt = activity.last;
  else Object.assign(indexed, live);
  if (model !== undefined) indexed.model = model;
  if (branch !== undefined) indexed.branch = branch;
  const agentVersion = firstKnown(session.files, (facts) => facts.version);
  if (agentVersion !== undefined) indexed.agentVersion = agentVersion;
  if (tokens) indexed.tokens = tokens;
  if (subagentTokens) indexed.subagentTokens = subagentTokens;
  const main = mainOf(session);
  if (main && gone) indexed.gone = true;
  else if (main) indexed.transcript = main.path;
  return Object.assign(indexed, outcome, cost);
}

/** The person's own title, else the agent's, else the first prompt, else the command that started the session. */
function titleOf(
  { files, startedCommand }: SettledSession,
  summaries: ReadonlyMap<string, string>,
): string | undefined {
  return (
    firstKnown(files, (facts) => facts.customTitle) ??
    firstKnown(files, (facts) => facts.aiTitle) ??
    firstKnown(files, ({ lastUuid }) => (lastUuid === undefined ? undefined : summaries.get(lastUuid))) ??
    firstKnown(files, (facts) => facts.firstPrompt) ??
    startedCommand
  );
}
