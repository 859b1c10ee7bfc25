import * as path from 'node:path';
import type { IndexedSession } from '../model';
import { assembleSession } from '../reading/assemble';
import type { FileAccess } from '../reading/fileAccess';
import type { Places } from '../reading/places';
import { listFolder, WholeFiles } from '../reading/wholeFiles';
import type { ClineScan } from './cline';
import { sdkManifest, sdkMessages, sdkStart, sdkTotals } from './clineSdk';
import type { SdkManifest, SdkMessage, SdkMessages } from './clineSdk';

interface SdkFile {
  id: string;
  path: string;
  folder: string;
  messages: SdkMessages;
  manifest: SdkManifest;
}

/** Sessions of Cline's command line program and desktop app: `sessions/<id>/<id>.json` and `<id>.messages.json`. */
export class SdkSessions {
  private readonly access: FileAccess;
  private readonly places: Places;
  private readonly manifests: WholeFiles<SdkManifest>;
  private readonly messages: WholeFiles<SdkMessages>;

  constructor(access: FileAccess, places: Places) {
    this.access = access;
    this.places = places;
    this.manifests = new WholeFiles(access);
    this.messages = new WholeFiles(access);
  }

  async scan(root: string, around: ClineScan): Promise<IndexedSession[]> {
    const files: SdkFile[] = [];
    const folder = path.join(root, 'sessions');
    for (const { name, maybeFolder } of await listFolder(folder, this.access, around.problem)) {
      const file = maybeFolder ? await this.file(path.join(folder, name), name, around) : undefined;
      if (file) {
        files.push(file);
      }
    }
    this.messages.keepOnly(new Set(files.map((file) => file.path)));
    return ownMessages(files).flatMap(({ file, messages }) => assemble(file, messages, around) ?? []);
  }

  private async file(folder: string, name: string, around: ClineScan): Promise<SdkFile | undefined> {
    const manifest = await this.manifests.read(path.join(folder, `${name}.json`), sdkManifest, around.problem);
    const place = manifest?.value.folder;
    if (!manifest || place === undefined || !(await this.places.isInside(place, around.wanted))) {
      return undefined;
    }
    const file = path.join(folder, `${name}.messages.json`);
    const messages = await this.messages.read(file, sdkMessages, around.problem);
    return messages && { id: name, path: file, folder: place, messages: messages.value, manifest: manifest.value };
  }
}

/** A fork begins with a copy of the other session's messages; each message counts once, for the session that was first. */
function ownMessages(files: readonly SdkFile[]): { file: SdkFile; messages: SdkMessage[] }[] {
  const owners = new Set<string>();
  const start = (file: SdkFile): number => sdkStart(file.messages, file.manifest);
  const earliestFirst = [...files].sort(
    (a, b) => Number(a.manifest.fork) - Number(b.manifest.fork) || start(a) - start(b),
  );
  return earliestFirst.map((file) => {
    const own = file.messages.messages.filter(({ id, time }) => time === undefined || !owners.has(`${id} ${time}`));
    for (const { id, time } of own) {
      owners.add(`${id} ${time ?? ''}`);
    }
    return { file, messages: own };
  });
}

function assemble(file: SdkFile, messages: readonly SdkMessage[], around: ClineScan): IndexedSession | undefined {
  const { manifest } = file;
  const totals = sdkTotals(messages);
  const pid = !manifest.ended && manifest.pid !== undefined && around.isAlive(manifest.pid) ? manifest.pid : undefined;
  return assembleSession(
    {
      agent: around.agent,
      id: file.messages.id ?? manifest.id ?? file.id,
      transcript: file.path,
      titles: [manifest.title, totals.firstPrompt],
      workspaceFolder: file.folder,
      times: totals.times,
      ...(manifest.ended ? { lastSign: -Infinity } : {}),
      pid,
      models: totals.models,
      ...(Object.keys(totals.models).length > 0 ? {} : { model: manifest.model }),
      prompts: totals.prompts,
      tools: totals.tools.summary(),
      tokens: totals.tokens,
      tokensKnown: totals.known,
      costUsd: totals.costUsd,
    },
    around,
  );
}
