import type { IndexedSession } from '../model';
import { Breather } from '../reading/breathe';
import { outcomeFields } from '../reading/commandOutcome';
import { judgeLiveness, type Liveness } from '../reading/liveness';
import { oneLine } from '../reading/title';
import type { ClaudeFacts } from './claudeFacts';
import type { SettledSession } from './claudeGroups';

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
    const indexed = { ...toIndexed(session, outside), ...session.cost };
    this.known.set(session, { key, indexed });
    return indexed;
  }
}

function outsideOf(session: SettledSession, around: Surroundings): Outside {
  const pid = around.running.get(session.id.toLowerCase());
  const lastSign = Math.max(session.activity.last, ...session.files.map((file) => file.facts.lastSign ?? 0));
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

function toIndexed(session: SettledSession, { live, title, gone, fallbackFolder }: Outside): IndexedSession {
  const { activity } = session;
  const main = mainOf(session);
  const first = firstKnown(session);
  const branch = first((facts) => facts.branch);
  const agentVersion = first((facts) => facts.version);
  const workspaceFolder = first((facts) => facts.relocatedCwd ?? facts.cwd) ?? fallbackFolder;
  return {
    id: session.id,
    agent: 'claude-code',
    ...(title === undefined ? {} : { title }),
    ...(workspaceFolder === undefined ? {} : { workspaceFolder }),
    startedAt: activity.first,
    lastActiveAt: activity.last,
    ...(live ?? { endedAt: activity.last }),
    ...(session.model === undefined ? {} : { model: session.model }),
    ...(branch === undefined ? {} : { branch: oneLine(branch) }),
    ...(agentVersion === undefined ? {} : { agentVersion }),
    prompts: session.prompts,
    toolCalls: session.toolCalls,
    toolErrors: session.toolErrors,
    filesTouched: session.filesTouched,
    activeMinutes: activity.activeMinutes,
    wallMinutes: activity.wallMinutes,
    ...(session.tokens ? { tokens: session.tokens } : {}),
    ...(session.subagentTokens ? { subagentTokens: session.subagentTokens } : {}),
    ...(main === undefined ? {} : gone ? { gone: true } : { transcript: main.path }),
    toolLoops: session.toolLoops,
    models: session.models,
    slashCommands: session.slashCommands,
    apiErrors: session.apiErrors,
    ...outcomeFields(session.outcome),
  };
}

/** Takes the first value that a file of the session knows, main transcripts first. */
function firstKnown(session: SettledSession): <T>(value: (facts: ClaudeFacts) => T | undefined) => T | undefined {
  return (value) => {
    for (const file of session.files) {
      const found = value(file.facts);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  };
}

/** The person's own title, else the agent's, else the first prompt, else the command that started the session. */
function titleOf(session: SettledSession, summaries: ReadonlyMap<string, string>): string | undefined {
  const first = firstKnown(session);
  return (
    first((facts) => facts.customTitle) ??
    first((facts) => facts.aiTitle) ??
    first((facts) => (facts.lastUuid === undefined ? undefined : summaries.get(facts.lastUuid))) ??
    first((facts) => facts.firstPrompt) ??
    session.startedCommand
  );
}
