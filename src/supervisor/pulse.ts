// Which processes hang (R52, R53): each is asked again and again, and one that answers nothing for too long is ended, so that
// its stand-in takes its place. A network process that is frozen renews no lifetime: it has to be found before the kernel
// takes its addresses off, two seconds after the last renewal, which came up to half a second before.

import { elapsed, instant, milliseconds, type Instant, type Milliseconds } from '../core/time.js';

/** How often a process is asked, and how long one that is merely busy may take to say something. */
export interface Rhythm {
  readonly period: Milliseconds;
  readonly hangsAfter: Milliseconds;
}

export const ROLE_RHYTHM: Rhythm = { period: milliseconds(200), hangsAfter: milliseconds(1000) };
/** A stand-in has nothing to do: each question wakes it, and the one who asks, for nothing else. */
export const STAND_IN_RHYTHM: Rhythm = { period: milliseconds(1000), hangsAfter: milliseconds(3000) };

/** Later than this the supervisor stood still itself. */
const STOOD_STILL_AFTER = milliseconds(200);

/** When a process was heard last, by whatever it said. */
export interface Listener {
  heardAt: Instant;
}

export class Pulse {
  readonly #rhythm: Rhythm;
  #checkedAt: Instant;

  constructor(rhythm: Rhythm, now: Instant) {
    this.#rhythm = rhythm;
    this.#checkedAt = now;
  }

  /** Called once a period: those of the processes that hang. */
  check<P extends Listener>(processes: readonly P[], now: Instant): P[] {
    const { period, hangsAfter } = this.#rhythm;
    const late = elapsed(this.#checkedAt, now) - period;
    this.#checkedAt = now;
    // While this process stood still itself nobody was asked, nor heard.
    if (late > STOOD_STILL_AFTER)
      for (const process of processes) process.heardAt = instant(process.heardAt + late);
    return processes.filter(({ heardAt }) => elapsed(heardAt, now) >= hangsAfter);
  }
}
