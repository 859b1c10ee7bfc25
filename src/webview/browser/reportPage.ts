import { readPageState, readToPage, type FromPage, type PageState } from '../messages';
import type { PageData } from '../pageData';
import { page } from '../views/page';
import { initialView, sortBy, type SortColumn, type ViewState } from '../views/viewState';
import { patchChildren } from './patch';

/** What the editor gives to the page of a webview. */
interface Host {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: PageState): void;
}
declare const acquireVsCodeApi: () => Host;

const host = acquireVsCodeApi();
const root = document.body;
const kept = readPageState(host.getState());
let data: PageData | undefined;
let view: ViewState = {
  sort: kept?.sort ?? initialView.sort,
  order: kept?.order ?? initialView.order,
  rows: kept?.rows ?? initialView.rows,
};
let scrollTo = kept?.scroll;
const widths = new Map<string, number>();

const resized = new ResizeObserver((entries) => {
  if (measure(entries.map(({ target }) => target))) draw();
});

function measure(canvases: Iterable<Element>): boolean {
  let changed = false;
  for (const canvas of canvases) {
    const id = canvas.getAttribute('data-plot');
    const width = canvas.clientWidth;
    if (id === null || width === 0 || widths.get(id) === width) continue;
    widths.set(id, width);
    changed = true;
  }
  return changed;
}

function draw(): void {
  if (data === undefined) return;
  patchChildren(root, page(data, view, widths));
  const canvases = document.querySelectorAll('[data-plot]');
  // Places that are new have a width only now. The second drawing comes before the first is shown.
  if (measure(canvases)) patchChildren(root, page(data, view, widths));
  for (const canvas of canvases) resized.observe(canvas);
  if (scrollTo !== undefined) window.scrollTo(0, scrollTo);
  scrollTo = undefined;
}

function keep(): void {
  if (data !== undefined) host.setState({ experimentId: data.experimentId, scroll: window.scrollY, ...view });
}

function change(next: ViewState): void {
  view = next;
  draw();
  keep();
}

window.addEventListener('message', ({ data: received }: MessageEvent<unknown>) => {
  const message = readToPage(received);
  if (message?.type === 'show') {
    data = message.data;
    document.documentElement.lang = data.locale;
    draw();
    keep();
  } else if (message?.type === 'gone') {
    data = undefined;
    patchChildren(root, [{ tag: 'p', attributes: { class: 'gone' }, children: [message.message], key: 'gone' }]);
  }
});

const columns: readonly SortColumn[] = ['started', 'variant', 'value', 'title', 'agent'];

document.addEventListener('click', ({ target }) => {
  const element = target instanceof Element ? target.closest('[data-action]') : null;
  const value = (name: string): string => element?.getAttribute(`data-${name}`) ?? '';
  const action = value('action');
  switch (action) {
    case 'sort': {
      const column = columns.find((known) => known === value('by'));
      if (column !== undefined) change(sortBy(view, column));
      return;
    }
    case 'rows':
      change({ ...view, rows: Number(value('rows')) });
      return;
    case 'openTranscript':
    case 'revealSession':
      host.postMessage({ type: action, sessionId: value('session') });
      return;
    case 'copyMarkdown':
      host.postMessage({ type: action });
      return;
    case 'export': {
      const format = (['markdown', 'json', 'csv'] as const).find((known) => known === value('format'));
      if (format !== undefined) host.postMessage({ type: action, format });
    }
  }
});

let scrolled: number | undefined;
window.addEventListener('scroll', () => {
  window.clearTimeout(scrolled);
  scrolled = window.setTimeout(keep, 200);
});

host.postMessage({ type: 'ready' });
