import type { Experiment } from '../api';
import type { Author, TagRequest } from '../domain/tags';
import type { AssignmentRequest } from './assignments';
import { StoreError } from './errors';

/** Generous: ids are paths at most, and a reason is a few sentences. */
export const MAX_ID_LENGTH = 4096;
export const MAX_REASON_LENGTH = 20_000;

function problemOf(value: unknown, max: number): 'notText' | 'tooLong' | 'notUnicode' | undefined {
  if (typeof value !== 'string') return 'notText';
  if (value.length > max) return 'tooLong';
  return /\p{Surrogate}/u.test(value) ? 'notUnicode' : undefined;
}

/**
 * Throws StoreError `invalidValue` for a text that would not come back as it was. Values may come from other programs, so their
 * types are not believed.
 */
function checkText(field: string, value: unknown, max: number): void {
  const reason = problemOf(value, max);
  if (reason !== undefined) throw new StoreError({ code: 'invalidValue', field, reason });
}

export function checkRequest(request: TagRequest, author: Author): void {
  checkText('experimentId', request.experimentId, MAX_ID_LENGTH);
  checkText('sessionId', request.sessionId, MAX_ID_LENGTH);
  if (request.action !== 'tag') checkText('reason', request.reason, MAX_REASON_LENGTH);
  checkAuthor(author);
}

export function checkAuthor(author: Author): void {
  checkText('who', author.who, MAX_ID_LENGTH);
  checkText('via', author.via, MAX_ID_LENGTH);
  checkText('window', author.window, MAX_ID_LENGTH);
}

export function checkAssignment({ agent, sessionId, folder, transcript }: AssignmentRequest): void {
  checkText('agent', agent, MAX_ID_LENGTH);
  checkText('sessionId', sessionId, MAX_ID_LENGTH);
  checkText('folder', folder, MAX_ID_LENGTH);
  if (sessionId.trim() === '') throw new StoreError({ code: 'invalidValue', field: 'sessionId', reason: 'empty' });
  if (transcript !== undefined) checkText('transcript', transcript, MAX_ID_LENGTH);
}

export function checkOutcome(sessionId: string, author: Author): void {
  checkText('sessionId', sessionId, MAX_ID_LENGTH);
  if (sessionId.trim() === '') throw new StoreError({ code: 'invalidValue', field: 'sessionId', reason: 'empty' });
  checkText('who', author.who, MAX_ID_LENGTH);
}

export function checkExperiment(experiment: Experiment): void {
  checkText('id', experiment.id, MAX_ID_LENGTH);
  if (experiment.id.trim() === '') throw new StoreError({ code: 'invalidValue', field: 'id', reason: 'empty' });
  checkText('name', experiment.name, MAX_ID_LENGTH);
  if (!Number.isFinite(experiment.createdAt)) {
    throw new StoreError({ code: 'invalidValue', field: 'createdAt', reason: 'empty' });
  }
}
