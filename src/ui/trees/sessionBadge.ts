import { FileDecoration, l10n, ThemeColor, Uri, window, type Disposable } from 'vscode';
import type { Mark, SessionVariant } from '../../domain/sessionVariant';
import { markName } from '../texts';

/**
 * What a session's row shows at its right end, where no width cuts it off: a triangle for the current session, and the variant
 * by shape. The editor decorates rows like files, by a URI; this one stands for the state of a row, not for a file.
 */
const SCHEME = 'agent-experiments-session';

export function sessionBadge(current: boolean, variant: SessionVariant | undefined): Uri | undefined {
  if (!current && variant === undefined) return undefined;
  return Uri.from({ scheme: SCHEME, path: `/${current ? 'current' : 'other'}/${variant?.mark ?? 'untagged'}` });
}

const shapes: Record<Mark, string> = { Control: '○', Treatment: '●', Excluded: '⊘', Assigned: '◌', Damaged: '?' };
const isMark = (name: string | undefined): name is Mark => name !== undefined && name in shapes;

export function registerSessionBadges(): Disposable {
  return window.registerFileDecorationProvider({
    provideFileDecoration: (uri) => {
      if (uri.scheme !== SCHEME) return undefined;
      const [, place, name] = uri.path.split('/');
      const current = place === 'current';
      const mark = isMark(name) ? name : undefined;
      const texts = [...(current ? [l10n.t('Current session')] : []), ...(mark ? [markName(mark)] : [])];
      return new FileDecoration(
        `${current ? '▸' : ''}${mark ? shapes[mark] : ''}`,
        texts.join(', '),
        current ? new ThemeColor('list.highlightForeground') : undefined,
      );
    },
  });
}
