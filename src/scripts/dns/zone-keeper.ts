// Keeps one group's name as the core wants it, through one of the two routes (R40): looks once an interval, puts right what is
// not right, tells what it found, and tries again with growing patience. One thing after the other: whoever wants
// something new waits for what is under way.

import type { ServiceAddress } from '../../core/address.js';
import { messageOf } from '../../log/error-message.js';
import type { ZoneTask } from '../../ipc/scripts-messages.js';
import type { Published, Route } from './route.js';

/** `published` null: unknown. */
export type Tell = (published: readonly ServiceAddress[] | null, error: string | null) => void;

/** After the first failure in a row it is tried again after so many milliseconds; it doubles, up to the longest. */
export const FIRST_RETRY = 1000;
export const LONGEST_RETRY = 15_000;

export const retryAfter = (failures: number): number =>
  Math.min(FIRST_RETRY * 2 ** Math.min(failures - 1, 20), LONGEST_RETRY);

type Keeping = Exclude<ZoneTask, { kind: 'leave' }>;

export class ZoneKeeper {
  readonly #openRoute: () => Route;
  readonly #interval: number;
  readonly #tell: Tell;
  #route: Route;
  #task: Keeping = { kind: 'watch' };
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  /** Something new was wanted while it was busy. */
  #again = false;
  #closed = false;
  #failures = 0;
  #error: string | null = null;

  /** `openRoute` is asked anew for each turn as the writer. `interval`: milliseconds. */
  constructor(openRoute: () => Route, interval: number, tell: Tell) {
    this.#openRoute = openRoute;
    this.#interval = interval;
    this.#tell = tell;
    this.#route = openRoute();
  }

  /** From now on this is to be done; it begins at once. */
  take(task: Keeping): void {
    if (task.kind === 'keep' && this.#task.kind !== 'keep') this.#route = this.#openRoute();
    this.#task = task;
    this.#begin();
  }

  /** Nothing is told any more. A change that is under way is brought to its end. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.#again = false;
    void this.#look().then((failed) => {
      this.#busy = false;
      this.#failures = failed ? this.#failures + 1 : 0;
      if (this.#again) this.#begin();
      else if (!this.#closed)
        this.#timer = setTimeout(() => {
          this.#begin();
        }, this.#patience());
    });
  }

  #patience(): number {
    if (this.#failures === 0) return this.#interval;
    return Math.min(retryAfter(this.#failures), Math.max(this.#interval, FIRST_RETRY));
  }

  /** True: it has to be tried again soon. */
  async #look(): Promise<boolean> {
    let found: Published | null = null;
    try {
      found = await this.#route.read();
      const task = this.#task;
      if (task.kind === 'keep') found = await this.#putRight(found, task.addresses);
      this.#say(found.addresses, null);
      return false;
    } catch (error) {
      this.#say(found?.addresses ?? null, messageOf(error));
      return true;
    }
  }

  async #putRight(found: Published, wanted: readonly ServiceAddress[]): Promise<Published> {
    if (isRight(found, wanted)) {
      await this.#route.catchUp();
      return found;
    }
    // That it was found wrong is told, whether or not it can be put right.
    if (!isSame(found.addresses, wanted)) this.#say(found.addresses, this.#error);
    await this.#route.write(wanted);
    const after = await this.#route.read();
    if (!isSame(after.addresses, wanted)) {
      const has = after.addresses.length === 0 ? 'no addresses' : after.addresses.join(', ');
      throw new Error(
        `the change was taken, and yet the name has ${has}: is it a CNAME, or does somebody else write?`,
      );
    }
    return after;
  }

  #say(published: readonly ServiceAddress[] | null, error: string | null): void {
    this.#error = error;
    if (!this.#closed) this.#tell(published, error);
  }
}

const isRight = (found: Published, wanted: readonly ServiceAddress[]): boolean =>
  found.ttlIsRight && isSame(found.addresses, wanted);

const isSame = (a: readonly ServiceAddress[], b: readonly ServiceAddress[]): boolean =>
  a.length === b.length && a.every((address) => b.includes(address));
