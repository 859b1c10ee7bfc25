/** Why a backup was made. `regular` ones come by themselves; the others before something that replaces much. */
export const BACKUP_KINDS = ['regular', 'migration', 'import', 'restore'] as const;
export type BackupKind = (typeof BACKUP_KINDS)[number];

export interface BackupName {
  name: string;
  /** Ms since the epoch. */
  at: number;
  /** How many changes the database had seen. */
  changes: number;
  kind: BackupKind;
}

const DAY_MS = 86_400_000;
/** So many changes after the last backup there is another, also on the same day. */
export const CHANGES_BETWEEN_BACKUPS = 200;
const NEWEST_KEPT = 3;
const DAYS_KEPT = 5;
const WEEKS_KEPT = 4;
const OCCASIONS_KEPT = 5;
const OLDEST_KEPT_MS = 180 * DAY_MS;

/** `experiments-20260131T235959999Z-17-regular.db`: names in order are backups in order. */
export function backupName(now: number, changes: number, kind: BackupKind): string {
  const time = new Date(now).toISOString().replace(/[-:.]/g, '');
  return `experiments-${time}-${changes}-${kind}.db`;
}

/** Undefined for a name that is not one of ours. */
export function parseBackupName(name: string): BackupName | undefined {
  const match = /^experiments-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(\d{1,15})-([a-z]+)\.db$/.exec(name);
  const kind = BACKUP_KINDS.find((known) => known === match?.[9]);
  if (match === null || kind === undefined) return undefined;
  const [, year, month, day, hour, minute, second, ms, changes] = match;
  const at = Date.parse(
    `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}.${ms ?? ''}Z`,
  );
  return Number.isNaN(at) ? undefined : { name, at, changes: Number(changes), kind };
}

const dayOf = ({ at }: { at: number }): number => Math.floor(at / DAY_MS);
/** The first day of the epoch was a Thursday; where a week begins does not matter here. */
const weekOf = ({ at }: { at: number }): number => Math.floor(at / (7 * DAY_MS));

/** Whether the file, after so many changes, is to be copied before it changes: once a day (UTC), or after many changes. */
export function isBackupDue(backups: readonly BackupName[], now: number, changes: number): boolean {
  const today = dayOf({ at: now });
  if (!backups.some((backup) => dayOf(backup) === today)) return true;
  return backups.every((backup) => Math.abs(changes - backup.changes) >= CHANGES_BETWEEN_BACKUPS);
}

/** The newest of each of the first `count` groups. */
function newestOfEach(
  newestFirst: readonly BackupName[],
  group: (backup: BackupName) => number,
  count: number,
): BackupName[] {
  const found = new Map<number, BackupName>();
  for (const backup of newestFirst) if (!found.has(group(backup))) found.set(group(backup), backup);
  return [...found.values()].slice(0, count);
}

/**
 * The backups to remove: all but the newest few, one of each of the last days and weeks that have one, and the newest few that
 * were made before something happened; of those, all that are too old but the newest few. So there are never more than 17.
 */
export function surplusBackups(backups: readonly BackupName[], now: number): BackupName[] {
  const newestFirst = [...backups].sort((a, b) => b.at - a.at || b.changes - a.changes);
  const newest = newestFirst.slice(0, NEWEST_KEPT);
  const young = newestFirst.filter(({ at }) => now - at <= OLDEST_KEPT_MS);
  const kept = new Set([
    ...newest,
    ...newestOfEach(young, dayOf, DAYS_KEPT),
    ...newestOfEach(young, weekOf, WEEKS_KEPT),
    ...young.filter(({ kind }) => kind !== 'regular').slice(0, OCCASIONS_KEPT),
  ]);
  return newestFirst.filter((backup) => !kept.has(backup));
}
