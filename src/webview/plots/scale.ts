/** Where values lie on an axis, and which of them are worth a tick. Pixels throughout; nothing here draws. */

export interface Scale {
  /** The place of a value, px. Values beyond the ends lie at the ends. */
  place(value: number): number;
  /** True where the axis is logarithmic. */
  logarithmic: boolean;
  /** Values worth a tick, the roundest first; more than may fit. */
  candidates: readonly number[];
}

type Range = readonly [from: number, to: number];

const clamp = (value: number, from: number, to: number): number => Math.min(Math.max(value, from), to);

export function linearScale([low, high]: Range, [from, to]: Range): Scale {
  const span = high > low ? high - low : 1;
  return {
    place: (value) => from + ((clamp(value, low, high) - low) / span) * (to - from),
    logarithmic: false,
    candidates: roundValues(low, high),
  };
}

/**
 * For values of a metric: logarithmic where they are positive and far apart, by ln(1+x) where zeros are among them, else linear
 * from the lowest (or zero, if that is near) to the highest.
 */
export function valueScale(values: readonly number[], [from, to]: Range): Scale {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(low <= high)) return linearScale([0, 1], [from, to]);
  if (low > 0 && high / low >= LOG_FROM_RATIO) return curved(Math.log, low / 1.1, high * 1.1, [from, to]);
  if (low === 0 && high >= LOG_FROM_COUNT) return curved(Math.log1p, 0, high * 1.05, [from, to]);
  const start = low >= 0 && low < high / 2 ? 0 : low;
  const margin = (high - start || Math.abs(high) || 1) * 0.04;
  return linearScale([start === 0 ? -margin : start - margin, high + margin], [from, to]);
}
/** Below these, a linear axis shows everything well enough. */
const LOG_FROM_RATIO = 6;
const LOG_FROM_COUNT = 30;

function curved(curve: (value: number) => number, low: number, high: number, range: Range): Scale {
  const inner = linearScale([curve(low), curve(high)], range);
  const round = decades(low, high);
  return {
    place: (value) => inner.place(curve(Math.max(value, low))),
    logarithmic: true,
    candidates: round.length >= 3 ? round : [...round, ...roundValues(low, high)],
  };
}

/** 1, 2 and 5 times powers of ten, powers of ten first; with 0 where the range begins there. */
function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low > 0 ? low : 1));
  const last = Math.ceil(Math.log10(high));
  const values = [1, 5, 2].flatMap((factor) =>
    Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => factor * 10 ** (first + index)),
  );
  return [...(low === 0 ? [0] : []), ...values].filter((value) => value >= low && value <= high);
}

/** Round numbers between the two: first in wide steps, then in finer ones. */
export function roundValues(low: number, high: number): number[] {
  if (!(high > low)) return [low];
  const power = 10 ** Math.floor(Math.log10(high - low));
  const steps = [power * 5, power * 2, power, power / 2, power / 5];
  const values = steps.flatMap((step) => {
    const first = Math.ceil(low / step);
    return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, index) =>
      // Without the rounding, 3 steps of 0.1 would be 0.30000000000000004.
      Number(((first + index) * step).toPrecision(12)),
    );
  });
  return [...new Set(low <= 0 && high >= 0 ? [0, ...values] : values)].filter((value) => value >= low && value <= high);
}

/** Changes in percent that people think in, as logarithms of the ratio, the most usual first. */
export const CHANGE_TICKS: readonly number[] = [
  0, -50, 100, -25, 25, 50, -75, 300, -10, 10, -90, 900, 200, -5, 5, -15, -20, -30, -40, 15, 20, 30, 40, 75, 150, -60,
  -80, -95, -99, 400, 1900, 9900, -2, 2, -1, 1, -0.5, 0.5,
].map((percent) => Math.log1p(percent / 100));

/** An axis of changes: `low` and `high` are logarithms of the ratio. */
export function changeScale([low, high]: Range, range: Range): Scale {
  const inner = linearScale([low, high], range);
  return { ...inner, logarithmic: true, candidates: CHANGE_TICKS.filter((value) => value >= low && value <= high) };
}

export interface Tick {
  value: number;
  /** px */
  at: number;
}

/** As many of the candidates as keep `gap` pixels from each other, in the order of the axis. */
export function chooseTicks(scale: Scale, gap: number): Tick[] {
  const chosen: Tick[] = [];
  for (const value of scale.candidates) {
    const at = scale.place(value);
    if (chosen.every((tick) => Math.abs(tick.at - at) >= gap)) chosen.push({ value, at });
  }
  return chosen.sort((a, b) => a.at - b.at);
}
