import { FileDecoration, l10n, ThemeColor, Uri, window, type Disposable } from 'vscode';

/** Stands for the current session's item, so that the editor decorates it like a file: a dot that no width cuts off. */
export const CURRENT_SESSION = Uri.from({ scheme: 'agent-experiments-session', path: '/current' });

export function registerCurrentBadge(): Disposable {
  const decoration = new FileDecoration('●', l10n.t('Current session'), new ThemeColor('list.highlightForeground'));
  return window.registerFileDecorationProvider({
    provideFileDecoration: (uri) => (uri.toString() === CURRENT_SESSION.toString() ? decoration : undefined),
  });
}
