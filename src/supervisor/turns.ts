// R52: what the supervisor sees of another process's event loop without asking it (native/process/turns.h).

import { closeSync } from 'node:fs';
import { processAddon } from '../ipc/process-addon.js';

export class Turns {
  readonly #read: () => number;
  #seen = 0;

  private constructor(read: () => number) {
    this.#read = read;
  }

  /** Gives the process memory for it. Null where the system has none left: worth having, never worth failing for. */
  static share(give: (memory: number) => void): Turns | null {
    let memory: number | null = null;
    try {
      memory = processAddon.createTurns();
      const turns = new Turns(processAddon.lookAtTurns(memory));
      give(memory);
      return turns;
    } catch {
      return null;
    } finally {
      if (memory !== null) closeSync(memory);
    }
  }

  /** Whether it has turned since this was asked last. */
  hasMoved(): boolean {
    const turns = this.#read();
    const hasMoved = turns !== this.#seen;
    this.#seen = turns;
    return hasMoved;
  }
}
