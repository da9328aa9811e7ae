// Which processes hang (R52, R53): one that shows no sign of life is asked, and one that does not answer for too long is ended, so
// that its stand-in takes its place. Who is at work shows it by the turns of its event loop (turns.ts), and is not asked: a
// question wakes it, and the one who asks, for nothing else. A network process that is frozen renews no lifetime: it has to be
// found before the kernel takes its addresses off, two seconds after the last renewal, which came up to half a second before.

import { elapsed, instant, milliseconds, type Instant, type Milliseconds } from '../core/time.js';
import type { Role } from '../ipc/supervisor-messages.js';

export interface Rhythm {
  /** Who has shown no sign of life for so long is asked, at each look. */
  readonly asksAfter: Milliseconds;
  /** How long one that is merely busy may take, from then on, to show one. */
  readonly patience: Milliseconds;
}

/** How often one looks. */
export const ROLE_PERIOD = milliseconds(200);
export const STAND_IN_PERIOD = milliseconds(1000);

/** Found a second after its last sign of life, which may have come up to one period before it was seen. */
const ROLE_RHYTHM: Rhythm = { asksAfter: ROLE_PERIOD, patience: milliseconds(800) };
/** Nothing depends on it as fast, and it turns twice a second by itself (ALIVE_MS). */
const SCRIPTS_RHYTHM: Rhythm = { asksAfter: milliseconds(600), patience: milliseconds(800) };
/** It has nothing to do, and turns when it is asked. */
export const STAND_IN_RHYTHM: Rhythm = { asksAfter: STAND_IN_PERIOD, patience: milliseconds(2000) };

export const rhythmOf = ({ role }: { readonly role: Role }): Rhythm =>
  role === 'scripts' ? SCRIPTS_RHYTHM : ROLE_RHYTHM;

/** Later than this the supervisor stood still itself. */
const STOOD_STILL_AFTER = milliseconds(200);
/** So much sooner than their time timers may ring, some of them together. */
const EARLY = milliseconds(20);

export interface Listener {
  /** When it showed the last sign of life. */
  heardAt: Instant;
  /** Whether it has shown one since this was asked last that was not heard. */
  hasTurned(): boolean;
}

export class Pulse<P extends Listener> {
  readonly #period: Milliseconds;
  readonly #rhythmOf: (process: P) => Rhythm;
  #lookedAt: Instant;

  constructor(period: Milliseconds, rhythmOf: (process: P) => Rhythm, now: Instant) {
    this.#period = period;
    this.#rhythmOf = rhythmOf;
    this.#lookedAt = now;
  }

  /** Called once a period: those that are to be asked, and those of them that hang. */
  look(processes: readonly P[], now: Instant): { readonly silent: P[]; readonly hanging: P[] } {
    const late = elapsed(this.#lookedAt, now) - this.#period;
    this.#lookedAt = now;
    for (const process of processes) {
      // While this process stood still itself nobody was asked, nor heard.
      if (late > STOOD_STILL_AFTER) process.heardAt = instant(process.heardAt + late);
      if (process.hasTurned()) process.heardAt = now;
    }
    const silentFor = ({ heardAt }: P): number => elapsed(heardAt, now) + EARLY;
    const silent = processes.filter((process) => silentFor(process) >= this.#rhythmOf(process).asksAfter);
    return {
      silent,
      hanging: silent.filter((process) => {
        const { asksAfter, patience } = this.#rhythmOf(process);
        return silentFor(process) >= asksAfter + patience;
      }),
    };
  }
}
