import * as path from 'node:path';
import { Breather } from '../reading/breathe';
import { DocumentCache } from '../reading/documentCache';
import type { FileAccess, FolderEntry } from '../reading/fileAccess';
import { isRecord } from '../reading/jsonLines';
import { millisOf, textOf } from '../reading/values';
import { listFolder } from '../reading/wholeFiles';
import { messageFrom, PartsReader } from './openCodeFacts';
import type { OpenCodeHeader, OpenCodeMessage } from './openCodeFacts';
import type { IsWanted, OpenCodeEntry, OpenCodeRecord } from './openCodeRecord';

type Json = Readonly<Record<string, unknown>>;
type Problem = (message: string) => void;

interface MessageFile {
  id: string;
  sessionId: string;
  message: OpenCodeMessage | undefined;
}

/**
 * Sessions as JSON files, as OpenCode kept them up to 1.1: `storage/session/<project>/<session>.json`,
 * `storage/message/<session>/<message>.json`, `storage/part/<message>/<part>.json`. Newer versions leave them where they are.
 */
export class OpenCodeStorage {
  private readonly folder: string;
  private readonly access: FileAccess;
  private readonly headers: DocumentCache<OpenCodeHeader>;
  private readonly messages: DocumentCache<MessageFile>;
  private readonly parts: DocumentCache<Json>;

  constructor(folder: string, access: FileAccess) {
    this.folder = folder;
    this.access = access;
    this.headers = new DocumentCache(access);
    this.messages = new DocumentCache(access);
    this.parts = new DocumentCache(access);
  }

  async read(isWanted: IsWanted, problem: Problem): Promise<OpenCodeRecord[]> {
    const breather = new Breather();
    const headers = await this.readHeaders(problem);
    const found = new Map<string, { source: string; entries: Map<string, OpenCodeEntry> }>();
    const messages = path.join(this.folder, 'message');
    for (const { name } of await this.folders(messages, problem)) {
      const header = headers.get(name)?.header;
      if (header && !isWanted(header.directory)) {
        continue;
      }
      for (const file of await this.files(path.join(messages, name), problem)) {
        const read = await this.messages.read(file, (document) => messageFile(document, file), problem);
        const message = read?.value.message;
        if (message) {
          const { id, sessionId } = read.value;
          const session = found.get(sessionId) ?? {
            source: headers.get(sessionId)?.source ?? file,
            entries: new Map(),
          };
          session.entries.set(id, { message, parts: await this.readParts(id, problem) });
          found.set(sessionId, session);
        }
        if (breather.due) {
          await breather.pause();
        }
      }
    }
    return [...found].flatMap(([id, { source, entries }]) => {
      const header = headers.get(id)?.header ?? headerWithout(id, entries);
      return isWanted(header.directory) ? [{ header, entries, source }] : [];
    });
  }

  private async readHeaders(problem: Problem): Promise<Map<string, { source: string; header: OpenCodeHeader }>> {
    const headers = new Map<string, { source: string; header: OpenCodeHeader }>();
    const sessions = path.join(this.folder, 'session');
    for (const { name } of await this.folders(sessions, problem)) {
      for (const file of await this.files(path.join(sessions, name), problem)) {
        const read = await this.headers.read(file, (document) => headerFrom(document, file), problem);
        if (read) {
          headers.set(read.value.id, { source: file, header: read.value });
        }
      }
    }
    return headers;
  }

  private async readParts(messageId: string, problem: Problem): Promise<OpenCodeEntry['parts']> {
    const reader = new PartsReader();
    if (isFileName(messageId)) {
      for (const file of await this.files(path.join(this.folder, 'part', messageId), problem)) {
        const read = await this.parts.read(file, slim, problem);
        if (read) {
          reader.add(textOf(read.value['id']) ?? path.basename(file, '.json'), read.value);
        }
      }
    }
    return reader.parts;
  }

  private async folders(folder: string, problem: Problem): Promise<FolderEntry[]> {
    return (await this.list(folder, problem)).filter((entry) => entry.maybeFolder);
  }

  private async files(folder: string, problem: Problem): Promise<string[]> {
    const entries = await this.list(folder, problem);
    return entries
      .filter(({ maybeFile, name }) => maybeFile && name.endsWith('.json'))
      .map(({ name }) => path.join(folder, name));
  }

  private async list(folder: string, problem: Problem): Promise<FolderEntry[]> {
    return (await listFolder(folder, this.access, problem)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** An id names a folder; one that leads elsewhere is none. */
function isFileName(id: string): boolean {
  return !/[/\\\0]/.test(id) && id !== '.' && id !== '..';
}

function headerFrom(document: Json, file: string): OpenCodeHeader {
  const time = isRecord(document['time']) ? document['time'] : {};
  return {
    id: textOf(document['id']) ?? path.basename(file, '.json'),
    directory: textOf(document['directory']),
    parentId: textOf(document['parentID']),
    title: textOf(document['title']),
    created: millisOf(time['created']),
    updated: millisOf(time['updated']),
  };
}

/** For messages whose session has no file: the folder is where the agent worked. */
function headerWithout(id: string, entries: ReadonlyMap<string, OpenCodeEntry>): OpenCodeHeader {
  const directory = [...entries.values()].map(({ message }) => message.cwd).find((cwd) => cwd !== undefined);
  return { id, directory, parentId: undefined, title: undefined, created: undefined, updated: undefined };
}

function messageFile(document: Json, file: string): MessageFile {
  return {
    id: textOf(document['id']) ?? path.basename(file, '.json'),
    sessionId: textOf(document['sessionID']) ?? path.basename(path.dirname(file)),
    message: messageFrom(document),
  };
}

/** What is kept of a part: all but the output of a tool, which may be long. */
function slim(part: Json): Json {
  const state = isRecord(part['state']) ? part['state'] : undefined;
  return state ? { ...part, state: { ...state, output: undefined } } : part;
}
