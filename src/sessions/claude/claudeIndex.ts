import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { IndexFile } from '../indexFile/indexFile';
import { PRICES_VERSION } from '../prices/prices';
import { toBase64 } from './claudeLinks';
import type { ClaudeFileDump, SettledDump } from './claudeReading';

/** Changes with every change of what is kept. The file's name holds it too, so that versions do not take each other's. */
const FORMAT = 3;

/** What is known of a workspace's transcripts, kept for the next start. */
export interface ClaudeIndexContent {
  files: ClaudeFileDump[];
  groups: { paths: string[]; sessions: SettledDump[] }[];
}

type FileHead = Omit<ClaudeFileDump, 'facts' | 'links'> & { head: ClaudeFileDump['facts']['head'] };
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
    const key = createHash('sha1').update(JSON.stringify(of)).digest('hex').slice(0, 16);
    this.file = new IndexFile(
      path.join(folder, `claude-code-${FORMAT}-${key}.index`),
      `Agent Experiments index of Claude Code transcripts, format ${FORMAT}`,
    );
  }

  load(): ClaudeIndexContent {
    const content: ClaudeIndexContent = { files: [], groups: [] };
    for (const [kind, json, links, details] of this.file.load()) {
      if (kind?.toString() === 'file' && json && links && details) {
        const { head, ...rest } = JSON.parse(json.toString('utf8')) as FileHead;
        content.files.push({ ...rest, links, facts: { head, details } });
      } else if (kind?.toString() === 'group' && json) {
        const { prices, paths, sessions } = JSON.parse(json.toString('utf8')) as GroupLine;
        if (prices === PRICES_VERSION) content.groups.push({ paths, sessions });
      }
    }
    return content;
  }

  /** Another window may have kept a transcript that is deleted by now: what only it knows is taken over. */
  save(content: ClaudeIndexContent): void {
    const all = this.file.isForeign ? withDeleted(content, this.load()) : content;
    this.file.save(records(all));
  }
}

function* records({ files, groups }: ClaudeIndexContent): Iterable<(string | Uint8Array)[]> {
  for (const { facts, links, ...rest } of files) {
    const head: FileHead = { ...rest, head: facts.head };
    yield ['file', JSON.stringify(head), toBase64(links), facts.details];
  }
  for (const group of groups) {
    const line: GroupLine = { prices: PRICES_VERSION, ...group };
    yield ['group', JSON.stringify(line)];
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
