import type { PageSession } from '../pageData';

export type SortColumn = 'started' | 'variant' | 'value' | 'title' | 'agent';

/** What a person chose on the page; it outlives a reload of the window. */
export interface ViewState {
  sort: SortColumn;
  order: 'up' | 'down';
  /** Rows of the table of sessions that are shown. */
  rows: number;
}

export const FIRST_ROWS = 50;
export const MORE_ROWS = 200;
export const initialView: ViewState = { sort: 'started', order: 'down', rows: FIRST_ROWS };

/** A click on the column that is sorted by turns the order; another column begins with its smallest. */
export function sortBy(view: ViewState, column: SortColumn): ViewState {
  const order = view.sort === column && view.order === 'up' ? 'down' : 'up';
  return { ...view, sort: column, order };
}

const keys: Record<SortColumn, (row: PageSession) => number | string> = {
  started: (row) => row.startedAt,
  variant: (row) => row.variant,
  value: (row) => row.value ?? -Infinity,
  title: (row) => row.title,
  agent: (row) => row.agent,
};

/** Rows that are equal in the column keep the order of time. */
export function sorted(sample: readonly PageSession[], { sort, order }: ViewState): PageSession[] {
  const key = keys[sort];
  const direction = order === 'up' ? 1 : -1;
  return [...sample].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    const compared = left === right ? a.startedAt - b.startedAt : left < right ? -1 : 1;
    return direction * compared;
  });
}
