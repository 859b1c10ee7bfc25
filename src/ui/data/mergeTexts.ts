import { l10n } from 'vscode';
import type { MergeReason } from '../../domain/merge';
import type { SourceError } from '../../store/importSource';
import type { MergedKind, SkippedRows } from '../../store/merge';
import type { LostPart } from '../../store/salvage';

export function mergedKindName(kind: MergedKind): string {
  switch (kind) {
    case 'experiments':
      return l10n.t('Experiments');
    case 'tags':
      return l10n.t('Tags');
    case 'history':
      return l10n.t('History');
    case 'outcomes':
      return l10n.t('Outcomes of sessions');
    case 'others':
      return l10n.t('Samples, looks and assignments');
  }
}

export function mergeReasonText(reason: MergeReason): string {
  switch (reason) {
    case 'otherDesign':
      return l10n.t('An experiment with this id is here, and it is another one.');
    case 'damagedHere':
      return l10n.t('The experiment here is damaged, so nothing is added to it.');
    case 'damagedThere':
      return l10n.t('It cannot be read in full in the file.');
    case 'furtherHere':
      return l10n.t('Here the experiment has come further than in the file.');
    case 'furtherThere':
      return l10n.t('In the file the experiment was concluded without variants that sessions have here.');
    case 'otherDetails':
      return l10n.t('The same experiment, with other times or other details. What is here stays.');
    case 'conflict':
      return l10n.t('The session has another variant here. Retag it if the file is right.');
    case 'damagedTagHere':
      return l10n.t('The stored tag here is damaged.');
    case 'drawnHere':
      return l10n.t('The variant of the session was drawn here, so the file’s tag was not taken.');
    case 'otherDraw':
      return l10n.t('Here it was drawn otherwise. What was drawn stays.');
    case 'frozenHere':
      return l10n.t('The experiment is concluded here: its sample is frozen.');
    case 'twice':
      return l10n.t('The file holds it more than once.');
    case 'cannotBeKept':
      return l10n.t('A value is missing or of a type that cannot be kept unchanged.');
    case 'otherOutcome':
      return l10n.t('You said otherwise of the session here.');
    case 'tagDiffers':
      return l10n.t('It tells of a tag that is another one here.');
    case 'notOurs':
      return l10n.t('It is not part of a database of experiments.');
  }
}

/** A sentence for a program and for the page. */
export function skippedText({ reason, experimentId, sessionId, here, there }: SkippedRows): string {
  const where = [
    ...(experimentId === undefined ? [] : [l10n.t('experiment {id}', { id: experimentId })]),
    ...(sessionId === undefined ? [] : [l10n.t('session {id}', { id: sessionId })]),
    ...(here === undefined ? [] : [l10n.t('here: {value}', { value: here })]),
    ...(there === undefined ? [] : [l10n.t('in the file: {value}', { value: there })]),
  ].join(', ');
  return where === '' ? mergeReasonText(reason) : `${mergeReasonText(reason)} (${where})`;
}

export function lostText({ table, page, reason, detail }: LostPart): string {
  const where = [
    ...(table === undefined ? [] : [l10n.t('table {table}', { table })]),
    ...(page === undefined ? [] : [l10n.t('page {page}', { page })]),
  ].join(', ');
  const told = (text: string): string => (where === '' ? text : `${where}: ${text}`);
  switch (reason) {
    case 'problem':
      return told(detail);
    case 'page':
      return told(l10n.t('a page cannot be read ({detail})', { detail }));
    case 'row':
      return told(l10n.t('a row cannot be read ({detail})', { detail }));
    case 'missingRow':
      return told(l10n.t('missing: {detail}', { detail }));
    case 'unlikely':
      return told(l10n.t('a row was left out ({detail})', { detail }));
  }
}

export function sourceErrorText({ problem, file }: SourceError): string {
  switch (problem.code) {
    case 'missing':
      return l10n.t('There is no file {file}.', { file });
    case 'notAFile':
      return l10n.t('This is not a file: {file}', { file });
    case 'inUse':
      return l10n.t(
        'Another program is writing the file, or stopped while it was. Open it once with that program and close it, then import it: {file}',
        { file },
      );
    case 'tooLarge':
      return l10n.t('The file is too large: {bytes} bytes, at most {max} can be read: {file}', {
        bytes: problem.bytes,
        max: problem.max,
        file,
      });
    case 'unreadable':
      return l10n.t('The file cannot be read, so nothing was imported ({detail}): {file}', {
        detail: problem.detail,
        file,
      });
    case 'foreign':
      return l10n.t('This is not a database of experiments ({detail}): {file}', { detail: problem.detail, file });
    case 'newer':
      return l10n.t('A newer version of Agent Experiments wrote the file. Update the extension to import it: {file}', {
        file,
      });
  }
}
