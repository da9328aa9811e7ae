// Which processes hang (R52, R53): each is asked again and again, and one that answers nothing for too long is ended, so that
// its stand-in takes its place. A network process that is frozen renews no lifetime: it has to be found before the kernel
// takes its addresses off, two seconds after the last renewal, which came up to half a second before.

import { elapsed, instant, milliseconds, type Instant } from '../core/time.js';

export const PULSE_PERIOD = milliseconds(200);
/** What is merely busy answers within this. */
export const HANGS_AFTER = milliseconds(1000);

/** When a process was heard last, by whatever it said. */
export interface Listener {
  heardAt: Instant;
}

export class Pulse {
  #checkedAt: Instant;

  constructor(now: Instant) {
    this.#checkedAt = now;
  }

  /** Called every PULSE_PERIOD: those of the processes that hang. */
  check<P extends Listener>(processes: readonly P[], now: Instant): P[] {
    const late = elapsed(this.#checkedAt, now) - PULSE_PERIOD;
    this.#checkedAt = now;
    // While this process stood still itself nobody was asked, nor heard.
    if (late > PULSE_PERIOD)
      for (const process of processes) process.heardAt = instant(process.heardAt + late);
    return processes.filter(({ heardAt }) => elapsed(heardAt, now) >= HANGS_AFTER);
  }
}
