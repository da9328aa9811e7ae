// `--since`: a moment on the wall clock, or how far back from now.

import { parseDuration } from '../config/duration.js';

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Milliseconds since 1970; null if `text` is neither a duration back (`10m`) nor an ISO 8601 date or time. Without a
 * zone it is local time; a date alone is the start of that day. `now`: milliseconds since 1970.
 */
export function parseSince(text: string, now: number): number | null {
  const back = parseDuration(text);
  if (back !== null) return Math.round(now - back);
  const [, date, time = '00:00', zone = ''] = MOMENT.exec(text) ?? [];
  if (date === undefined || !isCalendarDate(date)) return null;
  const moment = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(moment) ? null : moment;
}

/** Date.parse takes 31 February for 3 March. */
function isCalendarDate(date: string): boolean {
  const moment = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(date);
}
