import { cursorSlug } from '../../../src/sessions/cursor/cursorSlug';
import { sqliteFile } from '../sqlite';
import { filesOf, json, lines, START, WORKSPACE } from './seed';
import type { Seed } from './seed';

type Json = Record<string, unknown>;

export const cursor: Seed = {
  name: 'cursor',
  agent: 'cursor',
  make: (name) => {
    const block = (text: string): Json => ({ type: 'text', text });
    const say = (role: string, content: unknown): Json => ({ role, message: { content } });
    const use = (tool: string, input: Json): Json => ({ type: 'tool_use', name: tool, input });
    return filesOf({
      [`.cursor/projects/${cursorSlug(WORKSPACE)}/agent-transcripts/cursor-${name}/cursor-${name}.jsonl`]: lines([
        say('user', [block('<user_query>\nPlease repair the till\n</user_query>')]),
        say('assistant', [block('Yes.'), use('StrReplace', { path: `${WORKSPACE}/till.ts`, old_string: 'a' })]),
        say('assistant', [use('Shell', { command: 'npm test' })]),
        { type: 'turn_ended', status: 'completed' },
      ]),
    });
  },
  id: (name) => `cursor-${name}`,
  numbers: { prompts: 1, toolCalls: 2, toolErrors: 0, filesTouched: 1, tokensKnown: 'none' },
  main: /\.jsonl$/,
  appended: true,
  samples: { folder: 'cursor', ending: '.jsonl' },
};

interface Rows {
  session: Json;
  messages: { id: string; data: Json }[];
  parts: { id: string; message: string; data: Json }[];
}

function rows(id: string): Rows {
  const cache = { read: 30, write: 40 };
  const answer = (n: number): { id: string; data: Json } => ({
    id: `msg_${n}${id}`,
    data: {
      role: 'assistant',
      time: { created: START + n * 1000, completed: START + n * 1000 + 500 },
      modelID: 'claude-sonnet-4-5',
      providerID: 'anthropic',
      path: { cwd: WORKSPACE, root: WORKSPACE },
      cost: 0.1,
      tokens: { input: 10, output: 20, reasoning: 0, cache },
    },
  });
  const tool = (n: number, name: string, input: Json, status: string): { id: string; message: string; data: Json } => ({
    id: `prt_${n}${id}`,
    message: `msg_${n}${id}`,
    data: {
      type: 'tool',
      tool: name,
      callID: `call_${n}${id}`,
      state: { status, input, output: 'x', metadata: { exit: status === 'error' ? 1 : 0 } },
    },
  });
  return {
    session: {
      id,
      projectID: 'shop',
      directory: WORKSPACE,
      title: 'Till',
      version: '1.2.0',
      time: { created: START, updated: START + 3000 },
    },
    messages: [{ id: `msg_0${id}`, data: { role: 'user', time: { created: START } } }, answer(1), answer(2)],
    parts: [
      { id: `prt_0${id}`, message: `msg_0${id}`, data: { type: 'text', text: 'Please repair the till' } },
      tool(1, 'edit', { filePath: `${WORKSPACE}/till.ts` }, 'completed'),
      tool(2, 'bash', { command: 'npm test' }, 'error'),
    ],
  };
}

const openCodeNumbers = {
  prompts: 1,
  toolCalls: 2,
  toolErrors: 1,
  filesTouched: 1,
  tokens: { input: 20, output: 40, cacheRead: 60, cacheWrite: 80, reasoning: 0 },
};
const DATA = '.local/share/opencode';

export const openCode: Seed = {
  name: 'opencode',
  agent: 'opencode',
  make: (name) => {
    const id = `ses_file${name}`;
    const { session, messages, parts } = rows(id);
    return new Map([
      [`${DATA}/storage/session/shop/${id}.json`, json(session)],
      ...messages.map((message): [string, Buffer] => [
        `${DATA}/storage/message/${id}/${message.id}.json`,
        json({ id: message.id, sessionID: id, ...message.data }),
      ]),
      ...parts.map((part): [string, Buffer] => [
        `${DATA}/storage/part/${part.message}/${part.id}.json`,
        json({ id: part.id, messageID: part.message, sessionID: id, ...part.data }),
      ]),
    ]);
  },
  id: (name) => `ses_file${name}`,
  numbers: openCodeNumbers,
  main: /\/message\/.*\.json$/,
  appended: false,
  samples: { folder: 'opencode', ending: '.json' },
};

const TABLES = `
  CREATE TABLE session (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, directory TEXT, title TEXT, version TEXT,
    time_created INTEGER, time_updated INTEGER);
  CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
  CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
  CREATE INDEX message_session ON message (session_id);
  CREATE INDEX part_session ON part (session_id);`;

export const openCodeDatabase: Seed = {
  name: 'opencode-database',
  agent: 'opencode',
  make: async (name) => {
    const id = `ses_row${name}`;
    const { session, messages, parts } = rows(id);
    const database = await sqliteFile((run) => {
      run(TABLES);
      run('INSERT INTO session VALUES (?, ?, NULL, ?, ?, ?, ?, ?)', [
        id,
        'shop',
        String(session['directory']),
        'Till',
        '1.2.0',
        START,
        START + 3000,
      ]);
      for (const message of messages) {
        run('INSERT INTO message VALUES (?, ?, ?, ?, ?)', [message.id, id, START, START, JSON.stringify(message.data)]);
      }
      for (const part of parts) {
        run('INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)', [
          part.id,
          part.message,
          id,
          START,
          START,
          JSON.stringify(part.data),
        ]);
      }
    });
    return filesOf({ [`${DATA}/${name === 'good' ? 'opencode' : `opencode-${name}`}.db`]: database });
  },
  id: (name) => `ses_row${name}`,
  numbers: openCodeNumbers,
  main: /\.db$/,
  appended: false,
  samples: { folder: 'opencode', ending: '.db' },
};

export const editor: Seed = {
  name: 'editor',
  agent: 'editor',
  make: (name) =>
    filesOf({
      [`editor-sessions/editor-${name}.json`]: json({
        version: 1,
        id: `editor-${name}`,
        pid: 1,
        workspaceFolder: WORKSPACE,
        startedAt: START,
        lastActiveAt: START + 60_000,
        endedAt: START + 60_000,
        activeMs: 30_000,
        filesTouched: 3,
      }),
    }),
  id: (name) => `editor-${name}`,
  numbers: { prompts: 0, toolCalls: 0, toolErrors: 0, filesTouched: 3, activeMinutes: 0.5, wallMinutes: 1 },
  main: /\.json$/,
  appended: false,
};
