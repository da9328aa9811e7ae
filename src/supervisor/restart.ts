// R53: the daemon goes over to the program on disk, and all its roles with it; or changes nothing. trial.ts tells whether that
// program could go on, hand-over.ts what it is given, successor.ts how it takes this one's place.

import { messageOf } from '../log/error-message.js';
import { flushLog, type Log } from '../log/log.js';
import type { HandOver } from './hand-over.js';
import type { Trial } from './trial.js';

export interface RestartPorts {
  readonly log: Log;
  /** Whether the program on disk can take this one's place. */
  tryProgram(): Promise<Trial>;
  /** Goes over to the configuration as it is on disk. Returns what is wrong with it: nothing is changed then. */
  takeUpConfiguration(): readonly string[];
  /** All that this process holds; or why it cannot be handed over now. */
  describe(): HandOver | string;
  /** The service manager is told that it begins, and that it came to nothing. */
  begins(): void;
  failed(): void;
  /** Goes over to the program. Returns only by throwing: nothing is changed then. */
  replaceProgram(record: HandOver): never;
}

export class Restart {
  readonly #ports: RestartPorts;
  #isUnderWay = false;

  constructor(ports: RestartPorts) {
    this.#ports = ports;
  }

  /** Resolves only where it cannot be: with what is wrong. */
  async attempt(): Promise<readonly string[]> {
    if (this.#isUnderWay) return ['a restart is under way'];
    this.#isUnderWay = true;
    const errors = await this.#try();
    this.#isUnderWay = false;
    for (const error of errors) this.#ports.log.error(`restart refused: ${error}`);
    return errors;
  }

  async #try(): Promise<readonly string[]> {
    const { log, describe, tryProgram, takeUpConfiguration } = this.#ports;
    const early = describe();
    if (typeof early === 'string') return [early];
    log.info('restart: the program on disk is tried');
    const trial = await tryProgram();
    if ('errors' in trial) return trial.errors;
    const errors = takeUpConfiguration();
    if (errors.length > 0) return errors;
    await flushLog(log);
    // All that this process is told from here on would be lost with it: there is no await any more.
    const record = describe();
    return typeof record === 'string' ? [record] : this.#goOverTo({ ...record, ...trial.next });
  }

  #goOverTo(record: HandOver): readonly string[] {
    this.#ports.begins();
    try {
      return this.#ports.replaceProgram(record);
    } catch (error) {
      this.#ports.failed();
      return [messageOf(error)];
    }
  }
}
