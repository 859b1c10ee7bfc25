import { FileDecoration, l10n, ThemeColor, Uri, window, type Disposable } from 'vscode';
import { VARIANTS, type Variant } from '../../api';
import { variantName } from '../texts';

/**
 * What a session's row shows at its right end, where no width cuts it off: a triangle for the current session, and the variant
 * by shape. The editor decorates rows like files, by a URI; this one stands for the state of a row, not for a file.
 */
const SCHEME = 'agent-experiments-session';

export function sessionBadge(current: boolean, variant: Variant | undefined): Uri | undefined {
  if (!current && variant === undefined) return undefined;
  return Uri.from({ scheme: SCHEME, path: `/${current ? 'current' : 'other'}/${variant ?? 'untagged'}` });
}

const shapes: Record<Variant, string> = { Control: '○', Treatment: '●', Excluded: '⊘' };

export function registerSessionBadges(): Disposable {
  return window.registerFileDecorationProvider({
    provideFileDecoration: (uri) => {
      if (uri.scheme !== SCHEME) return undefined;
      const [, place, name] = uri.path.split('/');
      const current = place === 'current';
      const variant = VARIANTS.find((known) => known === name);
      const texts = [...(current ? [l10n.t('Current session')] : []), ...(variant ? [variantName(variant)] : [])];
      return new FileDecoration(
        `${current ? '▸' : ''}${variant ? shapes[variant] : ''}`,
        texts.join(', '),
        current ? new ThemeColor('list.highlightForeground') : undefined,
      );
    },
  });
}
