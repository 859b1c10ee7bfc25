import * as path from 'node:path';
import { IndexFile, indexKey, type IndexField } from '../indexFile/indexFile';
import { areSound } from '../indexFile/restOfFile';
import { PRICES_VERSION } from '../prices/prices';
import { toBytes } from './claudeLinks';
import type { ClaudeFileDump, SettledDump } from './claudeReading';

/** Changes with every change of what is kept. The file's name holds it too, so that versions do not take each other's. */
const FORMAT = 5;

/** What is known of a workspace's transcripts, kept for the next start. */
export interface ClaudeIndexContent {
  files: ClaudeFileDump[];
  groups: { paths: string[]; sessions: SettledDump[] }[];
}

interface FileLine extends Omit<ClaudeFileDump, 'facts' | 'links'> {
  head: ClaudeFileDump['facts']['head'];
  /** Of a file that is a group by itself, as most are: one line is read sooner than two. */
  alone?: { prices: string; sessions: (Omit<SettledDump, 'paths'> & { paths?: undefined })[] };
}
interface GroupLine {
  prices: string;
  paths: string[];
  sessions: SettledDump[];
}

/** The index file of the transcripts of some workspace folders. It can be deleted at any time: all but deleted transcripts comes back. */
export class ClaudeIndex {
  private readonly file: IndexFile;

  /** `of`: what decides which transcripts there are. */
  constructor(folder: string, of: readonly (readonly string[])[]) {
    this.file = new IndexFile(
      path.join(folder, `claude-code-${FORMAT}-${indexKey(JSON.stringify(of))}.index`),
      `Agent Experiments index of Claude Code transcripts, format ${FORMAT}`,
    );
  }

  load(): ClaudeIndexContent {
    const content: ClaudeIndexContent = { files: [], groups: [] };
    for (const record of this.file.load()) {
      const line = JSON.parse(record.text()) as FileLine | GroupLine;
      if ('paths' in line) {
        const { prices, paths, sessions } = line;
        if (prices === PRICES_VERSION) content.groups.push({ paths, sessions });
        continue;
      }
      const { path, sessionId, state, head, alone } = line;
      const gone = line.gone ? ({ gone: true } as const) : {};
      const links = record.stored();
      content.files.push({ path, sessionId, ...gone, state, links, facts: { head, details: record.stored() } });
      if (alone?.prices !== PRICES_VERSION) continue;
      content.groups.push({ paths: [path], sessions: alone.sessions.map((session) => withPaths(session, [path])) });
    }
    return content;
  }

  /** Reads what `load` left in the file. */
  readRest(): void {
    this.file.readRest();
  }

  /** Another window may have kept a transcript that is deleted by now: what only it knows is taken over. */
  save(content: ClaudeIndexContent): void {
    this.file.readRest();
    const all = this.file.isForeign ? withDeleted(content, this.loadWhole()) : content;
    this.file.save(records(all));
  }

  private loadWhole(): ClaudeIndexContent {
    const content = this.load();
    this.file.readRest();
    const files = content.files.filter(({ links, facts }) => areSound([links, facts.details]));
    return { ...content, files };
  }
}

/** In place: copies of a thousand sessions take a while. */
function withPaths(session: object, paths: string[]): SettledDump {
  return Object.assign(session, { paths }) as SettledDump;
}

function* records({ files, groups }: ClaudeIndexContent): Iterable<IndexField[]> {
  const alone = new Map<string, FileLine['alone']>();
  for (const { paths, sessions } of groups) {
    const [path, ...others] = paths;
    if (path === undefined || others.length > 0) continue;
    alone.set(path, {
      prices: PRICES_VERSION,
      sessions: sessions.map((session) => ({ ...session, paths: undefined })),
    });
  }
  for (const { facts, links, ...rest } of files) {
    const line: FileLine = { ...rest, head: facts.head };
    const own = alone.get(rest.path);
    if (own) line.alone = own;
    yield [JSON.stringify(line), toBytes(links), facts.details];
  }
  for (const group of groups) {
    const line: GroupLine = { prices: PRICES_VERSION, ...group };
    if (group.paths.length > 1) yield [JSON.stringify(line)];
  }
}

function withDeleted(own: ClaudeIndexContent, other: ClaudeIndexContent): ClaudeIndexContent {
  const known = new Set(own.files.map((file) => file.path));
  const deleted = other.files.filter((file) => file.gone === true && !known.has(file.path));
  const kept = new Set([...known, ...deleted.map((file) => file.path)]);
  const groups = other.groups.filter(
    ({ paths }) => paths.every((file) => kept.has(file)) && !paths.every((file) => known.has(file)),
  );
  return { files: [...own.files, ...deleted], groups: [...own.groups, ...groups] };
}
