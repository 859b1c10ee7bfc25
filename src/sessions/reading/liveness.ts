const MS_PER_MINUTE = 60_000;

/** Without a better sign a session counts as live for this long after its last record. */
export const DEFAULT_LIVE_MINUTES = 10;

export interface Liveness {
  liveBecause: string;
  liveUntil?: number;
}

/**
 * Whether a session goes on: its process runs, or its last record (`lastSign`, ms since the epoch) is young. A record from the
 * future proves as little as an old one.
 */
export function judgeLiveness(options: {
  pid: number | undefined;
  lastSign: number;
  now: number;
  liveMinutes: number;
}): Liveness | undefined {
  const { pid, lastSign, now, liveMinutes } = options;
  if (pid !== undefined) {
    return { liveBecause: `process ${pid} is running` };
  }
  const span = liveMinutes * MS_PER_MINUTE;
  if (Math.abs(now - lastSign) >= span) {
    return undefined;
  }
  const minutes = Math.max(0, Math.floor((now - lastSign) / MS_PER_MINUTE));
  const age = minutes === 0 ? 'less than a minute' : `${minutes} min`;
  return { liveBecause: `last record ${age} ago`, liveUntil: lastSign + span };
}
