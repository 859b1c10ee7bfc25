import type { Disposable } from 'vscode';
import type { AppModel } from '../appModel';
import { restoreChoice, type Notifier } from '../notify';
import { readOnlyText } from '../storeTexts';

/**
 * Says so when the file is damaged while a window is open. At the start nothing pops up: the side bar and the status bar say it, and
 * so does the first command that would write.
 */
export function noticeDamage(model: AppModel, notifier: Notifier): Disposable {
  let wasReady = false;
  return model.onDidChange(() => {
    const { loaded, store } = model.state;
    if (!loaded) return;
    const { status } = store;
    if (wasReady && status.kind === 'readOnly' && status.problem === 'unreadable') {
      notifier.warn(readOnlyText(status.problem, status.file), restoreChoice());
    }
    wasReady = status.kind === 'ready';
  });
}
