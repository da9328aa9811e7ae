// One load object at work: what it measured last, and what is told of it.

import type { LoadResult } from '../../ipc/scripts-messages.js';
import { messageOf } from '../../log/error-message.js';
import { Schedule } from '../schedule.js';
import { shortened } from '../tests/probe.js';
import { limited, spanText } from '../time-limit.js';
import type { LoadProbe } from './load-probe.js';

/** A measurement may take as long as its interval, but never less or more than this; milliseconds. */
const LEAST_LIMIT = 1000;
const MOST_LIMIT = 5000;
/** An object that gives another error each time says so no more often than this; milliseconds. */
const ERROR_PAUSE_MS = 1000;

export class LoadObject {
  readonly #name: string;
  readonly #limit: number;
  readonly #probe: LoadProbe;
  readonly #tell: (result: LoadResult) => void;
  readonly #schedule: Schedule;
  #newest: LoadResult | null = null;
  #toldErrorAt = -Infinity;
  #stuck = false;
  #cancel: () => void = () => undefined;
  #closed = false;

  /** Begins at once. `interval`: milliseconds. `tell` gets what control is to know (see `LoadResult`). */
  constructor(name: string, interval: number, probe: LoadProbe, tell: (result: LoadResult) => void) {
    this.#name = name;
    this.#limit = Math.min(MOST_LIMIT, Math.max(LEAST_LIMIT, interval));
    this.#probe = probe;
    this.#tell = tell;
    this.#schedule = new Schedule(interval, () => this.#run());
  }

  /** The newest that was told; null: it was never measured. */
  get newest(): LoadResult | null {
    return this.#newest;
  }

  close(): void {
    this.#closed = true;
    this.#schedule.close();
    this.#cancel();
  }

  async #run(): Promise<void> {
    const noAnswer = `no answer within ${spanText(this.#limit)}`;
    if (this.#stuck) {
      this.#fail(`${noAnswer}, and it still hangs`);
      return;
    }
    const { answer, settled, cancel } = limited(this.#limit, (abort) => this.#probe.measure(abort));
    this.#cancel = cancel;
    try {
      const outcome = await answer;
      if (outcome.done) {
        if (outcome.value !== null) this.#say({ measured: outcome.value, error: null });
        return;
      }
    } catch (error) {
      this.#fail(shortened(messageOf(error)));
      return;
    }
    this.#stuck = true;
    void settled.then(() => {
      this.#stuck = false;
    });
    this.#fail(noAnswer);
  }

  /** The last good measurement stands. */
  #fail(error: string): void {
    const now = performance.now();
    if (this.#newest?.error !== null && this.#newest !== null && now - this.#toldErrorAt < ERROR_PAUSE_MS)
      return;
    this.#toldErrorAt = now;
    this.#say({ measured: this.#newest?.measured ?? null, error });
  }

  #say({ measured, error }: Pick<LoadResult, 'measured' | 'error'>): void {
    const known = this.#newest;
    const isSame =
      known !== null &&
      known.error === error &&
      known.measured?.load === measured?.load &&
      known.measured?.capacity === measured?.capacity;
    if (this.#closed || isSame) return;
    this.#newest = { kind: 'load', name: this.#name, measured, error };
    this.#tell(this.#newest);
  }
}
