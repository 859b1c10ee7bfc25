import type { Interval, Unit } from './pageData';

/** Numbers and times as the page writes them, in the person's language. Plots and tables use the same ones. */
export interface Format {
  /** A value of the metric, as exact as is useful. */
  value: (value: number) => string;
  /** The same in a few letters, for axes. */
  short: (value: number) => string;
  /** An effect or a bound of it: a percentage of change, or a difference in the metric's unit. Signed. */
  effect: (scale: Interval['scale'], value: number) => string;
  count: (value: number) => string;
  date: (time: number) => string;
  dateTime: (time: number) => string;
}

/** `points` is the text for percentage points, with `{0}` for the number. */
export function makeFormat(locale: string, unit: Unit, points: string): Format {
  const numbers = (options: Intl.NumberFormatOptions): ((value: number) => string) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value) => minus(format.format(value));
  };
  const times = (options: Intl.DateTimeFormatOptions): ((time: number) => string) => {
    const format = new Intl.DateTimeFormat(locale, options);
    return (time) => (Number.isNaN(new Date(time).getTime()) ? '–' : format.format(time));
  };
  const signed = { signDisplay: 'exceptZero' } as const;
  const style: Intl.NumberFormatOptions = unit === 'usd' ? { style: 'currency', currency: 'USD' } : {};
  const whole = numbers({ ...style, maximumFractionDigits: 0 });
  const fine = numbers({ ...style, maximumFractionDigits: 2 });
  const tiny = numbers({ ...style, maximumSignificantDigits: 2 });
  const compact = numbers({ ...style, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 });
  const share = numbers({ style: 'percent', maximumFractionDigits: 1 });
  const percent = numbers({ style: 'percent', maximumFractionDigits: 0, ...signed });
  const finePercent = numbers({ style: 'percent', maximumFractionDigits: 1, ...signed });
  const difference = numbers({ ...style, maximumFractionDigits: 2, ...signed });
  const pointsOf = numbers({ maximumFractionDigits: 1, ...signed });

  const value = (number: number): string => {
    if (unit === 'share') return share(number);
    const size = Math.abs(number);
    if (size >= 100) return whole(number);
    return size > 0 && size < 0.01 ? tiny(number) : fine(number);
  };
  return {
    value,
    short: (number) => (Math.abs(number) < 1 || unit === 'share' ? value(number) : compact(number)),
    effect: (scale, number) => {
      if (scale === 'log') {
        const change = Math.expm1(number);
        return Math.abs(change) < 0.1 ? finePercent(change) : percent(change);
      }
      return unit === 'share' ? fill(points, pointsOf(100 * number)) : difference(number);
    },
    count: numbers({ maximumFractionDigits: 0 }),
    date: times({ month: 'short', day: 'numeric' }),
    dateTime: times({ dateStyle: 'medium', timeStyle: 'short' }),
  };
}

const minus = (text: string): string => text.replace('-', '\u2212');

/** Puts values in the place of `{0}`, `{1}`… */
export function fill(template: string, ...values: readonly string[]): string {
  return template.replace(/\{(\d)\}/g, (whole, index: string) => values[Number(index)] ?? whole);
}
