import { l10n } from 'vscode';
import type { Binding } from '../api';
import { AT_START } from '../domain/binding';
import { changesBetween, type FileChange, type InstructionFiles } from '../instructions/fingerprint';
import type { InstructionState } from '../instructions/readInstructions';
import { formatDateTime } from './format';
import type { InstructionSource } from './instructionSources';

/** A state of the instruction files that a person can choose; `value` is its fingerprint, or `AT_START`. */
export interface InstructionItem {
  label: string;
  description?: string;
  detail: string;
  value: string;
}

/** More states, and more names of files, than these nobody reads. */
const SEEN_SHOWN = 12;
const NAMES_SHOWN = 4;

/** The states to choose from, the most likely first. */
export function instructionItems(source: InstructionSource, given: Binding | undefined): InstructionItem[] {
  const { present, head, seen } = source;
  const item = (label: string, state: InstructionState, detail: string): InstructionItem => ({
    ...{ label, detail },
    description: shortDigest(state.fingerprint),
    value: state.fingerprint,
  });
  const items = [
    item(l10n.t('As They Are Now'), present, fileNames(present.files)),
    ...(head === undefined ? [] : [item(l10n.t('As in the Last Commit'), head, sinceText(head.files, present.files))]),
    ...seen
      .slice(0, SEEN_SHOWN)
      .map((state) =>
        item(
          l10n.t('As Seen Until {when}', { when: formatDateTime(state.last) }),
          state,
          sinceText(state.files, present.files),
        ),
      ),
  ];
  if (given?.kind !== 'PromptFingerprint') return items;
  const kept = [given.controlFingerprint, given.treatmentFingerprint].filter(
    (fingerprint) => fingerprint !== AT_START && !items.some(({ value }) => value === fingerprint),
  );
  return [
    ...items,
    ...kept.map((value) => ({
      label: l10n.t('As Before'),
      description: shortDigest(value),
      detail: l10n.t('Which files it is made of is not known here.'),
      value,
    })),
  ];
}

export const laterItem = (): InstructionItem => ({
  label: l10n.t('As I Will Write Them'),
  detail: l10n.t('It stays a draft. Write the change, then start: what the files say then is Treatment.'),
  value: AT_START,
});

export const shortDigest = (fingerprint: string): string => fingerprint.slice(0, 8);

/** `AGENTS.md, CLAUDE.md and 3 more` */
function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  if (more <= 0) return names.join(', ');
  return l10n.t('{names} and {more} more', { names: names.slice(0, NAMES_SHOWN).join(', '), more });
}

export function fileNames(files: InstructionFiles): string {
  const names = Object.keys(files).sort();
  return names.length === 0 ? l10n.t('There is no instruction file.') : listed(names);
}

/** What has become of a state: `CLAUDE.md changed since, AGENTS.md new since`. */
export function sinceText(before: InstructionFiles, now: InstructionFiles): string {
  const changes = changesBetween(before, now);
  if (changes.length === 0) return l10n.t('The files are the same now.');
  return listed(changes.map(({ path, change }) => changeName(path, change)));
}

function changeName(file: string, change: FileChange): string {
  switch (change) {
    case 'added':
      return l10n.t('{file} is new since', { file });
    case 'removed':
      return l10n.t('{file} is gone since', { file });
    case 'changed':
      return l10n.t('{file} has changed since', { file });
  }
}
