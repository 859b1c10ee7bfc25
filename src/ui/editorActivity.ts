import { window, workspace, type Disposable, type LogOutputChannel } from 'vscode';
import type { GitApi, GitRepository } from '../git/gitApi';
import type { EditorSessionRecorder } from '../sessions/editor/editorSession';
import { innermost, type GitRepositories } from './gitRepositories';

const FLUSH_MS = 30_000;

/** Feeds what happens in this window into its editor session: activity, saved files, branch and commit at the start. */
export class EditorActivity implements Disposable {
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(
    private readonly recorder: EditorSessionRecorder,
    private readonly git: GitRepositories,
    private readonly now: () => number,
    private readonly log: LogOutputChannel,
  ) {
    const active = (): void => {
      recorder.activity(this.now());
    };
    const timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.subscriptions = [
      workspace.onDidChangeTextDocument((event) => {
        if (event.contentChanges.length > 0 && event.document.uri.scheme !== 'output') active();
      }),
      window.onDidChangeTextEditorSelection(active),
      window.onDidChangeActiveTextEditor(active),
      workspace.onDidSaveTextDocument(({ uri }) => {
        if (workspace.getWorkspaceFolder(uri)) recorder.saved(uri.fsPath, this.now());
      }),
      {
        dispose: () => {
          clearInterval(timer);
        },
      },
    ];
    void this.readGit();
  }

  /** The built-in Git extension knows HEAD only for now, so it is asked as early as it can answer, and only once. */
  private async readGit(): Promise<void> {
    const git = await this.git.git();
    if (git !== undefined) this.followHead(git);
  }

  private followHead(git: GitApi): void {
    const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
    let done = false;
    const look = (repository: GitRepository): void => {
      const head = repository.state.HEAD;
      if (done || folder === undefined || head?.commit === undefined) return;
      // The API makes new objects each time, so roots are compared.
      if (repository.rootUri.fsPath !== innermost(git.repositories, folder)?.rootUri.fsPath) return;
      done = true;
      this.recorder.setGit({
        commit: head.commit,
        ...(head.name === undefined ? {} : { branch: head.name }),
      });
    };
    const watch = (repository: GitRepository): void => {
      look(repository);
      if (!done) {
        this.subscriptions.push(
          repository.state.onDidChange(() => {
            look(repository);
          }),
        );
      }
    };
    git.repositories.forEach(watch);
    this.subscriptions.push(git.onDidOpenRepository(watch));
  }

  private async flush(): Promise<void> {
    try {
      await this.recorder.flush();
    } catch (error) {
      this.log.warn(`The editor session was not saved: ${String(error)}`);
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
