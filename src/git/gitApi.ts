/** The part of the built-in Git extension's API (version 1) that is used here. Types only. */

export interface GitHead {
  readonly name?: string;
  readonly commit?: string;
}

export interface GitRepository {
  readonly rootUri: { readonly fsPath: string };
  readonly state: {
    readonly HEAD: GitHead | undefined;
    readonly onDidChange: (listener: () => void) => { dispose(): void };
  };
}

export interface GitApi {
  readonly repositories: readonly GitRepository[];
  readonly onDidOpenRepository: (listener: (repository: GitRepository) => void) => { dispose(): void };
}

export interface GitExtension {
  getAPI(version: 1): GitApi;
}
