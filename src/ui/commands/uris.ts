import { l10n, Uri } from 'vscode';
import { CommandError } from './app';

/** The URI of an argument; undefined where there is none. */
export function readUri(value: unknown): Uri | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Uri) return value;
  if (typeof value === 'string' && /^[a-z][a-z\d+.-]+:/i.test(value)) return Uri.parse(value, true);
  throw new CommandError(l10n.t('Pass the file as a URI.'));
}

/** A URI of a file on a disk, which a program must pass. */
export function requireFileUri(value: unknown): Uri {
  const uri = readUri(value);
  if (uri?.scheme !== 'file') throw new CommandError(l10n.t('Pass the file as a URI.'));
  return uri;
}
