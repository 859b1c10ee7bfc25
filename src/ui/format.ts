import { setImmediate } from 'node:timers/promises';
import { env, l10n } from 'vscode';
import type { Session } from '../api';

/** Numbers, times and names as a person reads them, in the editor's language. */

/** A formatter takes far longer to make than to use, and a tenth of a megabyte: each is made once, when it is first needed. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const numbers = (options: Intl.NumberFormatOptions): (() => Intl.NumberFormat) =>
  once(() => new Intl.NumberFormat(env.language, options));
const times = (options: Intl.DateTimeFormatOptions): (() => Intl.DateTimeFormat) =>
  once(() => new Intl.DateTimeFormat(env.language, options));

const compact = numbers({ notation: 'compact', maximumFractionDigits: 1 });
const whole = numbers({ maximumFractionDigits: 0 });
const hundredths = numbers({ maximumFractionDigits: 2 });
const signed: Intl.NumberFormatOptions = { signDisplay: 'exceptZero' };
const percent = numbers({ ...signed, style: 'percent', maximumFractionDigits: 0 });
const percentTenths = numbers({ ...signed, style: 'percent', maximumFractionDigits: 1 });
const share = numbers({ style: 'percent', maximumFractionDigits: 1 });
const changeTenths = numbers({ ...signed, maximumFractionDigits: 1 });
const changeHundredths = numbers({ ...signed, maximumFractionDigits: 2 });
const changeWhole = numbers({ ...signed, maximumFractionDigits: 0 });
const usd = numbers({ style: 'currency', currency: 'USD' });
const timeOfDay = times({ timeStyle: 'short' });
const dayAndTime = times({ month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
const dateTime = times({ dateStyle: 'medium', timeStyle: 'short' });

/** Makes, with pauses, what the first rows of a view would otherwise make in one go: the first formatter of times takes longest. */
export const prepareFormats = once(async (): Promise<void> => {
  Intl.DateTimeFormat.supportedLocalesOf(env.language);
  await setImmediate();
  timeOfDay();
  dayAndTime();
  dateTime();
  await setImmediate();
  compact();
  await setImmediate();
});

export function formatCount(value: number): string {
  return compact().format(value);
}

/** Decimals only where they say something: a mean of thousands of tokens needs none. */
export function formatNumber(value: number): string {
  return (Math.abs(value) < 100 ? hundredths() : whole()).format(value);
}

/** Nothing that a file holds may make a view fail. */
const isDate = (time: number): boolean => !Number.isNaN(new Date(time).getTime());

/** The time of today, else the day and time. */
export function formatWhen(time: number, now: number): string {
  if (!isDate(time)) return '–';
  const sameDay = new Date(time).toDateString() === new Date(now).toDateString();
  return (sameDay ? timeOfDay() : dayAndTime()).format(time);
}

export function formatDateTime(time: number): string {
  if (!isDate(time)) return '–';
  return dateTime().format(time);
}

/** As wide as a plus, unlike a hyphen. */
const minus = (text: string): string => text.replace('-', '\u2212');

/** A change as a percentage with its sign: 0.156 is +16%. One decimal below 10%. */
export function formatPercent(value: number): string {
  return minus((Math.abs(value) < 0.0995 ? percentTenths() : percent()).format(value));
}

/** A share: 0.95 is 95%. */
export function formatShare(value: number): string {
  return share().format(value);
}

/** A difference of shares with its sign: 0.04 is +4 points. */
export function formatPoints(value: number): string {
  return l10n.t('{points} points', { points: minus(changeTenths().format(100 * value)) });
}

/** A difference with its sign. */
export function formatChange(value: number): string {
  return minus((Math.abs(value) < 100 ? changeHundredths() : changeWhole()).format(value));
}

export function formatUsd(value: number): string {
  return usd().format(value);
}

const agentNames: Record<string, string> = {
  'claude-code': 'Claude Code',
  codex: 'Codex',
  gemini: 'Gemini CLI',
  opencode: 'OpenCode',
  'copilot-chat': 'Copilot Chat',
  'copilot-cli': 'Copilot CLI',
  cline: 'Cline',
  'roo-code': 'Roo Code',
  'kilo-code': 'Kilo Code',
  cursor: 'Cursor',
};

export function agentName(agent: string): string {
  return agent === 'editor' ? l10n.t('Editor') : (agentNames[agent] ?? agent);
}

/** What a session is called where no title is known, and everywhere a sentence names it. */
export function sessionName(session: Session | undefined, id: string): string {
  if (session?.title !== undefined) return session.title;
  if (session?.agent === 'editor') return l10n.t('Editor window, {when}', { when: formatDateTime(session.startedAt) });
  return l10n.t('Session {id}', { id: id.length > 12 ? `${id.slice(0, 8)}…` : id });
}
