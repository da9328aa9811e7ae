// R53: the life of a role's process, which the supervisor sees end before the process is gone (native/process/life.h).

import { closeSync } from 'node:fs';
import { processAddon } from '../ipc/process-addon.js';

export class Life {
  /** To be given to the process, whose main thread holds it. */
  readonly memory = processAddon.createLife();
  readonly #watch: ReturnType<typeof processAddon.watchLife>;
  #isOver = false;

  /** `ended`: the main thread is dead; called once. Throws where the system has no memory or thread left. */
  constructor(ended: () => void) {
    try {
      this.#watch = processAddon.watchLife(this.memory, () => {
        this.#isOver = true;
        ended();
      });
    } catch (error) {
      closeSync(this.memory);
      throw error;
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  close(): void {
    this.#watch.close();
    closeSync(this.memory);
  }
}
