import * as path from 'node:path';
import type { IndexedSession } from '../model';
import { assembleSession } from '../reading/assemble';
import { Breather } from '../reading/breathe';
import { outcomeFields } from '../reading/commandOutcome';
import type { FileAccess } from '../reading/fileAccess';
import type { Places } from '../reading/places';
import { listFolder, WholeFiles } from '../reading/wholeFiles';
import type { ClineScan } from './cline';
import { clineHistory } from './clineHistory';
import type { ClineHistory } from './clineHistory';
import { historyItems, taskMetadata } from './clineNotes';
import type { HistoryItem, TaskMetadata } from './clineNotes';
import { clineTask } from './clineTask';
import type { ClineTask } from './clineTask';

/** Tasks of the VS Code extensions: a folder each, with `ui_messages.json` and what belongs to it. */
export class TaskSessions {
  private readonly access: FileAccess;
  private readonly places: Places;
  private readonly tasks: WholeFiles<ClineTask>;
  private readonly histories: WholeFiles<ClineHistory>;
  private readonly metadata: WholeFiles<TaskMetadata>;
  private readonly items: WholeFiles<Map<string, HistoryItem>>;

  constructor(access: FileAccess, places: Places) {
    this.access = access;
    this.places = places;
    this.tasks = new WholeFiles(access);
    this.histories = new WholeFiles(access);
    this.metadata = new WholeFiles(access);
    this.items = new WholeFiles(access);
  }

  async scan(roots: readonly string[], around: ClineScan): Promise<IndexedSession[]> {
    const sessions: IndexedSession[] = [];
    const seen = new Set<string>();
    const breather = new Breather();
    for (const root of roots) {
      const tasks = path.join(root, 'tasks');
      const entries = (await listFolder(tasks, this.access, around.problem)).filter((entry) => entry.maybeFolder);
      const items = entries.length === 0 ? new Map<string, HistoryItem>() : await this.allItems(root, around);
      for (const { name } of entries) {
        const folder = path.join(tasks, name);
        seen.add(folder);
        const session = await this.session(folder, name, items.get(name), around);
        if (session) {
          sessions.push(session);
        }
        if (breather.due) {
          await breather.pause();
        }
      }
    }
    this.forgetOthers(seen);
    return sessions;
  }

  private async allItems(root: string, around: ClineScan): Promise<Map<string, HistoryItem>> {
    const files = [path.join(root, 'state', 'taskHistory.json'), path.join(root, 'tasks', '_index.json')];
    const all = new Map<string, HistoryItem>();
    for (const file of files) {
      for (const [id, item] of (await this.items.read(file, historyItems, around.problem))?.value ?? []) {
        all.set(id, item);
      }
    }
    return all;
  }

  /** The folder is asked for first: other workspaces' tasks are not read. */
  private async session(
    folder: string,
    id: string,
    listed: HistoryItem | undefined,
    around: ClineScan,
  ): Promise<IndexedSession | undefined> {
    const file = path.join(folder, 'ui_messages.json');
    const own = await this.items.read(path.join(folder, 'history_item.json'), historyItems, around.problem);
    const item: HistoryItem = { ...listed, ...own?.value.get(id) };
    if (item.folder !== undefined && !(await this.places.isInside(item.folder, around.wanted))) {
      return undefined;
    }
    const history = await this.histories.read(
      path.join(folder, 'api_conversation_history.json'),
      clineHistory,
      around.problem,
    );
    const place = item.folder ?? history?.value.folder;
    if (place === undefined || !(await this.places.isInside(place, around.wanted))) {
      return undefined;
    }
    const task = (await this.tasks.read(file, clineTask, around.problem))?.value;
    const metadata = await this.metadata.read(path.join(folder, 'task_metadata.json'), taskMetadata, around.problem);
    return (
      task && assemble({ id, file, place, item, task, history: history?.value, metadata: metadata?.value }, around)
    );
  }

  private forgetOthers(folders: ReadonlySet<string>): void {
    const keep = (name: string): Set<string> => new Set([...folders].map((folder) => path.join(folder, name)));
    this.tasks.keepOnly(keep('ui_messages.json'));
    this.histories.keepOnly(keep('api_conversation_history.json'));
    this.metadata.keepOnly(keep('task_metadata.json'));
  }
}

interface TaskFiles {
  id: string;
  file: string;
  place: string;
  item: HistoryItem;
  task: ClineTask;
  history: ClineHistory | undefined;
  metadata: TaskMetadata | undefined;
}

function assemble(files: TaskFiles, around: ClineScan): IndexedSession | undefined {
  const { id, file, place, item, task, history, metadata } = files;
  // The messages that a person sees do not tell how a command ended; the conversation with the model may.
  const tools = task.tools.summary({ moreFiles: metadata?.edited ?? task.edited });
  const told = history?.outcome;
  const named = Object.keys(task.models).length > 0;
  return assembleSession(
    {
      agent: around.agent,
      id,
      transcript: file,
      titles: [item.title, task.firstPrompt],
      workspaceFolder: place,
      times: task.times,
      models: { ...task.models },
      ...(named ? {} : { model: item.model ?? metadata?.models.at(-1)?.model }),
      prompts: task.prompts,
      tools: { ...tools, ...outcomeFields(told) },
      tokens: task.usage.tokens,
      tokensKnown: task.usage.known,
      costUsd: task.usage.costUsd,
      apiErrors: task.apiErrors,
    },
    around,
  );
}
