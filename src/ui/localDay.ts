/** The calendar day of a moment in this machine's time zone, `2026-03-31`; empty for no moment at all. */
export function localDay(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
