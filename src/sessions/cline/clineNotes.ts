import { isRecord } from '../reading/jsonLines';
import { millisOf, textOf } from '../reading/values';
import { parseJson } from '../reading/wholeFiles';

/** What the list of all tasks says of one. */
export interface HistoryItem {
  title?: string;
  folder?: string;
  model?: string;
}

/**
 * The items of Cline's `state/taskHistory.json`, Roo's `tasks/_index.json` or one task's `history_item.json`, by the id of the
 * task. Throws for text that is no JSON.
 */
export function historyItems(text: string): Map<string, HistoryItem> {
  const value = parseJson(text);
  const entries = isRecord(value) && Array.isArray(value['entries']) ? (value['entries'] as unknown) : value;
  const items: unknown[] = Array.isArray(entries) ? (entries as unknown[]) : [entries];
  const found = new Map<string, HistoryItem>();
  for (const item of items) {
    const id = isRecord(item) ? textOf(item['id']) : undefined;
    if (id === undefined || !isRecord(item)) {
      continue;
    }
    const title = textOf(item['task']);
    const folder =
      textOf(item['workspace']) ?? textOf(item['cwdOnTaskInitialization']) ?? textOf(item['shadowGitConfigWorkTree']);
    const model = textOf(item['modelId']);
    found.set(id, {
      ...(title !== undefined && { title: title.slice(0, 2000) }),
      ...(folder !== undefined && { folder }),
      ...(model !== undefined && { model }),
    });
  }
  return found;
}

/** What `task_metadata.json` says. */
export interface TaskMetadata {
  /** Files that the agent changed. */
  edited: string[];
  /** Models in use from a moment on (ms since the epoch), oldest first. */
  models: { from: number; model: string }[];
}

/** Throws for text that is no JSON. */
export function taskMetadata(text: string): TaskMetadata {
  const value = parseJson(text);
  const metadata = isRecord(value) ? value : {};
  const files = Array.isArray(metadata['files_in_context']) ? (metadata['files_in_context'] as unknown[]) : [];
  const usage = Array.isArray(metadata['model_usage']) ? (metadata['model_usage'] as unknown[]) : [];
  const edited = files.flatMap((file) => {
    const path = isRecord(file) ? textOf(file['path']) : undefined;
    return isRecord(file) && path !== undefined && wasEdited(file) ? [path] : [];
  });
  const models = usage.flatMap((use) => {
    const model = isRecord(use) ? textOf(use['model_id']) : undefined;
    const from = isRecord(use) ? millisOf(use['ts']) : undefined;
    return model === undefined || from === undefined ? [] : [{ from, model }];
  });
  return { edited, models: models.sort((a, b) => a.from - b.from) };
}

function wasEdited(file: Readonly<Record<string, unknown>>): boolean {
  const dates = ['cline_edit_date', 'roo_edit_date', 'kilo_edit_date'];
  return (
    /^(?:cline|roo|kilo)_edited$/.test(textOf(file['record_source']) ?? '') ||
    dates.some((key) => millisOf(file[key]) !== undefined)
  );
}
