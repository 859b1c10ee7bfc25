/** The part of the built-in Git extension's API (version 1) that is used here. Types only. */

export interface GitHead {
  readonly name?: string;
  readonly commit?: string;
}

export interface GitCommit {
  readonly hash: string;
  readonly message: string;
  readonly parents: readonly string[];
}

export interface GitRef {
  /** Absent for what has no name. */
  readonly name?: string;
  readonly commit?: string;
}

export interface GitChange {
  readonly uri: { readonly fsPath: string };
  readonly originalUri: { readonly fsPath: string };
}

export interface GitRepository {
  readonly rootUri: { readonly fsPath: string };
  readonly state: {
    readonly HEAD: GitHead | undefined;
    readonly indexChanges: readonly GitChange[];
    readonly workingTreeChanges: readonly GitChange[];
    readonly mergeChanges: readonly GitChange[];
    /** Only where untracked files are shown apart. */
    readonly untrackedChanges?: readonly GitChange[];
    readonly onDidChange: (listener: () => void) => { dispose(): void };
  };
  /** Brings `state` up to date. */
  status(): Promise<void>;
  /** A file (its path) as a commit has it. Rejects where it has none. */
  buffer(ref: string, path: string): Promise<Uint8Array>;
  /** What of a file has changed since the last commit, as a unified diff. */
  diffWithHEAD(path: string): Promise<string>;
  /** The best common ancestor; undefined where there is none, and where git failed. */
  getMergeBase(ref1: string, ref2: string): Promise<string | undefined>;
  /** Rejects where there is no such commit. */
  getCommit(ref: string): Promise<GitCommit>;
  getBranches(query: { remote?: boolean }): Promise<readonly GitRef[]>;
}

export interface GitApi {
  /** `uninitialized` until the repositories of the open folders were looked for. */
  readonly state: 'uninitialized' | 'initialized';
  readonly onDidChangeState: (listener: () => void) => { dispose(): void };
  readonly repositories: readonly GitRepository[];
  readonly onDidOpenRepository: (listener: (repository: GitRepository) => void) => { dispose(): void };
}

export interface GitExtension {
  getAPI(version: 1): GitApi;
}
