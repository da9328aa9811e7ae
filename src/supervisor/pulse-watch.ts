// Looks at the roles, and more seldom at their stand-ins: asks those that show no sign of life, and kills those that hang
// (pulse.ts).

import { instant, type Milliseconds } from '../core/time.js';
import { processAddon } from '../ipc/process-addon.js';
import type { Log } from '../log/log.js';
import { Pulse, ROLE_PERIOD, rhythmOf, STAND_IN_PERIOD, STAND_IN_RHYTHM, type Rhythm } from './pulse.js';
import type { RoleProcess } from './role-process.js';

/** Who is looked at: asked at each look. */
export interface PulseSubjects {
  roles(): readonly RoleProcess[];
  standIns(): readonly RoleProcess[];
}

export class PulseWatch {
  readonly #log: Log;
  readonly #timers: readonly NodeJS.Timeout[];

  /** It looks from now on, until `close`. */
  constructor(log: Log, { roles, standIns }: PulseSubjects) {
    this.#log = log;
    this.#timers = [
      this.#look(ROLE_PERIOD, rhythmOf, roles),
      this.#look(STAND_IN_PERIOD, () => STAND_IN_RHYTHM, standIns),
    ];
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #look(
    period: Milliseconds,
    rhythm: (process: RoleProcess) => Rhythm,
    processes: () => readonly RoleProcess[],
  ): NodeJS.Timeout {
    const pulse = new Pulse(period, rhythm, instant(processAddon.bootTime()));
    return setInterval(() => {
      const answering = processes().filter(({ answers }) => answers);
      const { silent, hanging } = pulse.look(answering, instant(processAddon.bootTime()));
      for (const process of hanging) killHanging(this.#log, process);
      for (const process of silent) process.send({ kind: 'ping' });
    }, period);
  }
}

/** It does not answer, whatever it is doing. */
export function killHanging(log: Log, process: RoleProcess): void {
  log.error(`${process.role} (pid ${String(process.pid)}) hangs: it is killed`);
  process.kill();
}
