// When a role that died is started anew: at once, then after a doubling delay; and when the daemon gives up.

import { elapsed, milliseconds } from '../core/time.js';
import type { Instant, Milliseconds } from '../core/time.js';

/** The second death in a row waits this long, each further one twice as long, up to the longest. */
export const FIRST_DELAY = milliseconds(100);
export const LONGEST_DELAY = milliseconds(5000);
/** More deaths than this within the window, and the daemon ends. */
export const DEATHS_ALLOWED = 5;
export const DEATH_WINDOW = milliseconds(60_000);

/** What is remembered of one role: its latest deaths, oldest first, and how many came in a row. */
export interface Deaths {
  readonly recent: readonly Instant[];
  readonly streak: number;
}

export const NO_DEATHS: Deaths = { recent: [], streak: 0 };

/** Counts a death. `started`: when the process that died was started; one that lived a whole window ends the row. */
export function countDeath(deaths: Deaths, started: Instant, now: Instant): Deaths {
  const recent = [...deaths.recent.filter((moment) => elapsed(moment, now) < DEATH_WINDOW), now];
  const lived = elapsed(started, now) >= DEATH_WINDOW;
  return { recent, streak: lived ? 1 : deaths.streak + 1 };
}

/** How long to wait before the next start, or null: give up. */
export function restartDelay(deaths: Deaths): Milliseconds | null {
  if (deaths.recent.length > DEATHS_ALLOWED) return null;
  if (deaths.streak <= 1) return milliseconds(0);
  return milliseconds(Math.min(FIRST_DELAY * 2 ** (deaths.streak - 2), LONGEST_DELAY));
}
