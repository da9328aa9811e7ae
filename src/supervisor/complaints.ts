// Says a thing once for as long as it lasts: what is looked at every second must not fill the log.

import type { Log } from '../log/log.js';

export class Complaints {
  readonly #log: Log;
  readonly #standing = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Logs a warning unless the last one about this object was the same. */
  warn(object: string, text: string): void {
    if (this.#standing.get(object) === text) return;
    this.#standing.set(object, text);
    this.#log.warn(text);
  }

  /** The object is all right; true if it was not before. */
  settle(object: string): boolean {
    return this.#standing.delete(object);
  }

  all(): string[] {
    return [...this.#standing.values()];
  }
}
