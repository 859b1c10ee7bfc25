import * as path from 'node:path';

/** What decides where editors of the VS Code family keep their user data. */
export interface UserDataEnvironment {
  home: string;
  platform: NodeJS.Platform;
  /** Windows. */
  APPDATA?: string | undefined;
  /** Linux. */
  XDG_CONFIG_HOME?: string | undefined;
  /** A portable installation keeps everything here. */
  VSCODE_PORTABLE?: string | undefined;
}

const EDITORS = [
  'Code',
  'Code - Insiders',
  'VSCodium',
  'VSCodium - Insiders',
  'Cursor',
  'Windsurf',
  'Antigravity',
  'Positron',
];
const SERVERS = ['.vscode-server', '.vscode-server-insiders', '.vscodium-server', '.cursor-server', '.windsurf-server'];
const REMOTE = ['.vscode-remote'];

/** The `User` folders of all editors of the family, of servers for remote windows too, whether they exist or not. */
export function userDataFolders(environment: UserDataEnvironment): string[] {
  const { home, platform, APPDATA, XDG_CONFIG_HOME, VSCODE_PORTABLE } = environment;
  const roots =
    platform === 'win32'
      ? [filled(APPDATA) ?? path.join(home, 'AppData', 'Roaming')]
      : platform === 'darwin'
        ? [path.join(home, 'Library', 'Application Support')]
        : [filled(XDG_CONFIG_HOME) ?? path.join(home, '.config')];
  const portable = filled(VSCODE_PORTABLE);
  return [
    ...(portable === undefined ? [] : [path.join(portable, 'user-data', 'User')]),
    ...roots.flatMap((root) => EDITORS.map((editor) => path.join(root, editor, 'User'))),
    ...[...SERVERS, ...REMOTE].map((server) => path.join(home, server, 'data', 'User')),
  ];
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
