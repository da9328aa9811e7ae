// A host that is held up for longer than its permit or its lease gives up everything and joins anew (R52). What it served goes to
// the others and comes back to it, which is work for all of them; where that work is what holds it up, it would go on for ever.
// So whoever lapses again and again stays away for longer each time, as long as somebody else serves.

import { couldInherit } from './heir.js';
import { canLead } from './leader.js';
import type { ServiceMonitor, Turn } from './monitor.js';
import { after, elapsed, NEVER, type Instant } from './time.js';

/** After this long without a lapse the next one is the first again; milliseconds. */
const FORGOTTEN_AFTER = 30_000;
/** The first lapse costs nothing, the second so many timeouts, each further one twice as many … */
const SECOND_TIMEOUTS = 8;
/** … up to this, milliseconds. */
const LONGEST = 10_000;

/** This host is held up for too long. What is to be said of when it joins anew; only a member has something to stay away from. */
export function noteLapse({ monitor, now }: Turn): string {
  if (monitor.phase !== 'member') return '';
  const { timeout } = monitor.settings;
  monitor.lapses = elapsed(monitor.lapsedAt, now) < FORGOTTEN_AFTER ? monitor.lapses + 1 : 1;
  monitor.lapsedAt = now;
  const repetitions = monitor.lapses - 2;
  const span =
    repetitions < 0 ? 0 : Math.min(SECOND_TIMEOUTS * timeout * 2 ** Math.min(repetitions, 20), LONGEST);
  monitor.heldBackUntil = after(now, span);
  if (span === 0) return '';
  const seconds = (span / 1000).toFixed(1);
  return `; that has happened ${String(monitor.lapses)} times of late: while others serve it stays away for ${seconds} s`;
}

/** Until when it leaves the addresses to others; NEVER: nobody is there who could serve and lead. */
export const heldBackUntil = (monitor: ServiceMonitor): Instant =>
  monitor.lapses > 1 && isServedByOthers(monitor) ? monitor.heldBackUntil : NEVER;

const isServedByOthers = ({ peers }: ServiceMonitor): boolean =>
  peers.values().some((peer) => canLead(peer) && peer.information !== null && couldInherit(peer.information));
