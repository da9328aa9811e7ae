// How the daemon ends.
//
// Phases: running → stopping (control releases everything in order, the others go on) → ending (channels are closed,
// processes awaited). There is no way back. `finished` is the exit code.

import type { Log } from '../log/log.js';
import type { Roles } from './roles.js';
import type { ServiceManager } from './service-manager.js';

/** After a second signal. */
const HURRIED_MILLISECONDS = 1000;
/** How long the roles may take once their channels are closed: network may have a thousand addresses to remove. */
const END_MILLISECONDS = 5000;

export interface EndingPorts {
  readonly log: Log;
  readonly roles: Roles;
  /** systemd, where it started this daemon. */
  readonly manager: ServiceManager;
  /** How long control may take: milliseconds. */
  bound(): number;
  /** The end has begun: nothing new is begun. */
  stopping(): void;
  /** Everything is released: whatever does not belong to the roles ends now. */
  ending(): void;
  /** The roles are gone. */
  ended(): void;
}

export class Ending {
  readonly finished: Promise<number>;
  readonly #ports: EndingPorts;
  #finish: (code: number) => void = () => undefined;
  #phase: 'running' | 'stopping' | 'ending' = 'running';
  #exitCode = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: EndingPorts) {
    this.#ports = ports;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get isRunning(): boolean {
    return this.#phase === 'running';
  }

  /** Release everything in order, then end with 0. Said again: be quick about it. */
  stop(): void {
    const { log, roles } = this.#ports;
    if (this.#phase === 'running') {
      log.info('stopping: all addresses are released');
      this.#begin(0);
    } else if (this.#phase === 'stopping') {
      log.warn('told again to stop: release scripts are not waited for any longer');
      this.#boundBy(HURRIED_MILLISECONDS);
    } else {
      roles.killAll();
    }
  }

  /** The daemon cannot go on: it ends with 1. */
  fail(reason: string): void {
    this.#ports.log.fatal(`${reason}: raisd ends`);
    this.#exitCode = 1;
    if (this.#phase === 'running') this.#begin(1);
  }

  /** Control has released everything, or is gone. */
  onControlDone(): void {
    if (this.#phase === 'stopping') this.#end();
  }

  /** Control releases in order if it lives; otherwise network does, when its channel is closed (R52). */
  #begin(exitCode: number): void {
    const { roles, manager } = this.#ports;
    this.#phase = 'stopping';
    this.#exitCode = exitCode;
    manager.stopping();
    this.#ports.stopping();
    roles.retire('control');
    if (!roles.isAlive('control')) {
      this.#end();
      return;
    }
    roles.send('control', { kind: 'stop' });
    this.#boundBy(this.#ports.bound());
  }

  #boundBy(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#ports.log.warn('control has not released everything in time: network removes what is left');
      this.#end();
    }, milliseconds);
  }

  #end(): void {
    if (this.#phase === 'ending') return;
    const { roles, manager } = this.#ports;
    this.#phase = 'ending';
    clearTimeout(this.#timer);
    this.#ports.ending();
    // It has notifications to send of what was released.
    roles.send('scripts', { kind: 'stop' });
    void roles.end(END_MILLISECONDS).then(() => {
      this.#ports.ended();
      manager.stopped();
      this.#finish(this.#exitCode);
    });
  }
}
