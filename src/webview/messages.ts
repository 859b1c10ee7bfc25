import { pageData } from './pageData';
import { number, oneOf, record, text, type Read, type Reader } from './shape';

/** What goes between the extension and the report page. Both read it from the other with these, and pass over what is not it. */

export const EXPORT_FORMATS = ['markdown', 'json', 'csv'] as const;

const ready = record({ type: oneOf('ready') });
const act = record({ type: oneOf('openTranscript', 'revealSession'), sessionId: text });
const exportAs = record({ type: oneOf('export'), format: oneOf(...EXPORT_FORMATS) });
const copy = record({ type: oneOf('copyMarkdown') });

export type FromPage = Read<typeof ready> | Read<typeof act> | Read<typeof exportAs> | Read<typeof copy>;
export const readFromPage: Reader<FromPage> = (value) => ready(value) ?? act(value) ?? exportAs(value) ?? copy(value);

const show = record({ type: oneOf('show'), data: pageData });
const gone = record({ type: oneOf('gone'), message: text });

export type ToPage = Read<typeof show> | Read<typeof gone>;
export const readToPage: Reader<ToPage> = (value) => show(value) ?? gone(value);

/** What the page keeps for itself over a reload of the window. */
const pageState = record(
  { experimentId: text },
  {
    scroll: number,
    rows: number,
    sort: oneOf('started', 'variant', 'value', 'title', 'agent'),
    order: oneOf('up', 'down'),
  },
);
export type PageState = Read<typeof pageState>;
export const readPageState: Reader<PageState> = pageState;
