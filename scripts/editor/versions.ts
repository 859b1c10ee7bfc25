/** The editors that the extension is tried in: the oldest that `engines.vscode` admits, and a recent one. */
export const EDITOR_VERSIONS = ['1.100', '1.139'] as const;
export type EditorVersion = (typeof EDITOR_VERSIONS)[number];

export const NEWEST: EditorVersion = '1.139';

export function isEditorVersion(text: string): text is EditorVersion {
  return (EDITOR_VERSIONS as readonly string[]).includes(text);
}

/** How each version is had: as a desktop download, and as the server with a workbench in the browser. */
export interface EditorSource {
  desktop: string;
  serverPackage: string;
  /** The major version of Node that the server runs on. */
  node: number;
  /** Native parts that are used here. The others need not be built. */
  nativeParts: readonly string[];
}

export const EDITOR_SOURCES: Record<EditorVersion, EditorSource> = {
  '1.100': {
    desktop: '1.100.3',
    serverPackage: 'code-server@4.100.3',
    node: 20,
    nativeParts: ['@vscode/spdlog', 'native-watchdog', 'node-pty'],
  },
  '1.139': {
    desktop: '1.139.1',
    serverPackage: 'code-server@4.139.1',
    node: 24,
    nativeParts: ['@vscode/spdlog', '@vscode/native-watchdog', 'node-pty', '@vscode/sqlite3'],
  },
};
