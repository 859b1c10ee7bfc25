import { commands, Disposable, Uri, workspace, type TextDocumentContentProvider } from 'vscode';

const SCHEME = 'agent-experiments-page';
/** Pages of long ago go first; the editor keeps what it shows. */
const MAX_PAGES = 20;

/** Pages of text that were made once, such as what an import did, shown in the editor's own Markdown preview. */
export class Pages extends Disposable implements TextDocumentContentProvider {
  private readonly pages = new Map<string, string>();
  private count = 0;

  constructor() {
    const registered: Disposable[] = [];
    super(() => {
      for (const one of registered) one.dispose();
    });
    registered.push(workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  async show(title: string, markdown: string): Promise<void> {
    this.count += 1;
    const uri = Uri.from({ scheme: SCHEME, path: `/${title}`, query: String(this.count) });
    this.pages.set(uri.query, markdown);
    for (const key of [...this.pages.keys()].slice(0, -MAX_PAGES)) this.pages.delete(key);
    await commands.executeCommand('markdown.showPreview', uri);
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.pages.get(uri.query) ?? '';
  }
}
