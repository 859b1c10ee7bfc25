import { commands, l10n, TabInputTextDiff, Uri, window, workspace, type Disposable } from 'vscode';
import type { FileChange } from '../assignment/hookFiles';

const SCHEME = 'agent-experiments-hook';

/** Shows what would change in settings files, as the editor shows any difference, before anything is written. */
export class HookDiffs implements Disposable {
  private readonly texts = new Map<string, string>();
  private readonly provider = workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => this.texts.get(uri.toString()) ?? '',
  });
  private count = 0;

  async show(changes: readonly (FileChange & { ok: true })[]): Promise<void> {
    for (const { target, before, after } of changes) {
      this.count += 1;
      const side = (name: string, text: string | undefined): Uri => {
        const uri = Uri.file(target.file).with({ scheme: SCHEME, query: `${this.count}-${name}` });
        this.texts.set(uri.toString(), text ?? '');
        return uri;
      };
      const title = l10n.t('{file} (before ↔ after)', { file: target.file });
      await commands.executeCommand('vscode.diff', side('before', before), side('after', after), title, {
        preview: false,
      });
    }
  }

  /** What was shown is decided. */
  async close(): Promise<void> {
    const tabs = window.tabGroups.all.flatMap((group) =>
      group.tabs.filter(({ input }) => input instanceof TabInputTextDiff && input.modified.scheme === SCHEME),
    );
    if (tabs.length > 0) await window.tabGroups.close(tabs);
    this.texts.clear();
  }

  dispose(): void {
    this.provider.dispose();
  }
}
