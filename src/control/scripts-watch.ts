// Whether the scripts process says anything. One that hangs without dying would leave the last test results standing for
// ever: it is ended, so that another takes its place, and where none does, results grow too old to count (R14).

import { elapsed, instant, type Instant } from '../core/time.js';
import { ALIVE_MS } from '../ipc/scripts-messages.js';

/** So long a process may say nothing before it counts as hanging; milliseconds. One that is merely busy says something. */
export const HANGS_AFTER = 2000;

export interface WatchPorts {
  now(): Instant;
  /** The process that is there does not answer. Told once of each. */
  hangs(silentFor: number): void;
  /** Nothing was heard for so long, in milliseconds, of any scripts process. Told again and again as long as it is so. */
  silent(silentFor: number): void;
}

export class ScriptsWatch {
  readonly #ports: WatchPorts;
  readonly #timer: NodeJS.Timeout;
  #heardAt: Instant;
  #checkedAt: Instant;
  /** Since when a process is there that has not been told of; null: none is. */
  #since: Instant | null = null;

  constructor(ports: WatchPorts) {
    this.#ports = ports;
    this.#heardAt = this.#checkedAt = ports.now();
    this.#timer = setInterval(() => {
      this.check();
    }, ALIVE_MS);
    this.#timer.unref();
  }

  /** A process is there. That alone is no sign of life. */
  begun(): void {
    this.#since = this.#ports.now();
  }

  heard(): void {
    this.#heardAt = this.#ports.now();
  }

  gone(): void {
    this.#since = null;
  }

  /** Called every `ALIVE_MS`; public for tests. */
  check(): void {
    const now = this.#ports.now();
    const late = elapsed(this.#checkedAt, now) - ALIVE_MS;
    this.#checkedAt = now;
    // What this process itself stood still the other may have as well.
    if (late > ALIVE_MS) {
      this.#heardAt = instant(this.#heardAt + late);
      if (this.#since !== null) this.#since = instant(this.#since + late);
    }
    const silentFor = elapsed(this.#heardAt, now);
    if (this.#since !== null && Math.min(silentFor, elapsed(this.#since, now)) >= HANGS_AFTER) {
      this.#since = null;
      this.#ports.hangs(silentFor);
    }
    if (silentFor >= HANGS_AFTER) this.#ports.silent(silentFor);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
