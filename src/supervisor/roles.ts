// The four roles as a whole: started, linked with each other, started anew when they die, and ended.

import { closeSync } from 'node:fs';
import { instant } from '../core/time.js';
import { processAddon } from '../ipc/process-addon.js';
import type { FromSupervisor, Role, ToSupervisor } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { countDeath, DEATH_WINDOW, DEATHS_ALLOWED, NO_DEATHS, restartDelay } from './back-off.js';
import type { Deaths } from './back-off.js';
import { RoleProcess } from './role-process.js';
import type { Launch } from './role-process.js';
import { messageOf } from '../log/error-message.js';

/** In the order of their start: control, which uses the others, comes last. */
export const ROLES: readonly Role[] = ['network', 'heartbeat', 'scripts', 'control'];
const SIBLINGS: readonly Role[] = ROLES.filter((role) => role !== 'control');

/** A role that has not said `ready` by then is ended, which counts as a death. */
const READY_MILLISECONDS = 30_000;

export interface RolesEvents {
  /** How to start a role, asked at each start. */
  launch(role: Role): Launch;
  /** A role was started: send it `start` and whatever else it needs. */
  started(process: RoleProcess): void;
  message(process: RoleProcess, message: ToSupervisor): void;
  /** A process ended; `restarting`: it is started anew. */
  ended(role: Role, restarting: boolean): void;
  /** A role cannot be kept alive: the daemon must end. */
  gaveUp(reason: string): void;
}

interface Slot {
  process: RoleProcess | null;
  deaths: Deaths;
  /** The next start, or the bound on `ready`. */
  timer: NodeJS.Timeout | undefined;
  /** No longer started anew. */
  retired: boolean;
  /** Being replaced on purpose: the next end is no death. */
  replacing: boolean;
}

export class Roles {
  readonly #log: Log;
  readonly #events: RolesEvents;
  readonly #slots: Readonly<Record<Role, Slot>>;
  #onAllEnded: (() => void) | null = null;

  constructor(log: Log, events: RolesEvents) {
    this.#log = log;
    this.#events = events;
    this.#slots = { network: newSlot(), heartbeat: newSlot(), scripts: newSlot(), control: newSlot() };
  }

  /** Starts all of them; throws where one cannot be started, and leaves the others to `end`. */
  startAll(): void {
    for (const role of ROLES) this.#start(role);
  }

  isAlive(role: Role): boolean {
    return this.#slots[role].process !== null;
  }

  /** Says it to the role if it lives; a role that starts later learns what matters from `start`. */
  send(role: Role, message: FromSupervisor, descriptor?: number): void {
    const { process } = this.#slots[role];
    if (process === null) return;
    if (!process.send(message, descriptor))
      this.#log.error(`${role} takes no messages any more: it is ended`);
  }

  /** Ends a role and starts it anew with what `launch` says now; not counted as a death. */
  replace(role: Role): void {
    const slot = this.#slots[role];
    if (slot.process === null) return;
    slot.replacing = true;
    slot.process.close();
    this.#killAfter(slot, READY_MILLISECONDS);
  }

  /** Ends a role that does not answer, whatever it is doing; it counts as a death. */
  endHanging(role: Role): void {
    const { process } = this.#slots[role];
    if (process === null) return;
    this.#log.error(`${role} (pid ${String(process.pid)}) hangs: it is killed`);
    process.kill();
  }

  /** From now on the role is not started anew. */
  retire(role: Role): void {
    const slot = this.#slots[role];
    slot.retired = true;
    if (slot.process === null) clearTimeout(slot.timer);
  }

  /** Closes all channels, waits for the processes, and kills what is left when the bound has passed. */
  async end(boundMilliseconds: number): Promise<void> {
    for (const role of ROLES) this.retire(role);
    for (const role of ROLES) this.#slots[role].process?.close();
    if (this.#living().length === 0) return;
    await new Promise<void>((resolve) => {
      const bound = setTimeout(() => {
        this.killAll();
      }, boundMilliseconds);
      this.#onAllEnded = () => {
        clearTimeout(bound);
        resolve();
      };
    });
  }

  killAll(): void {
    for (const process of this.#living()) {
      this.#log.warn(`${process.role} (pid ${String(process.pid)}) does not end: it is killed`);
      process.kill();
    }
  }

  #living(): RoleProcess[] {
    return ROLES.flatMap((role) => this.#slots[role].process ?? []);
  }

  #start(role: Role): void {
    const slot = this.#slots[role];
    const process: RoleProcess = new RoleProcess(role, this.#events.launch(role), {
      message: (message) => {
        this.#onMessage(process, message);
      },
      ended: (how) => {
        this.#onEnded(process, how);
      },
    });
    slot.process = process;
    this.#killAfter(slot, READY_MILLISECONDS);
    this.#log.debug({ pid: process.pid }, `${role} is started`);
    // Worth having, never worth failing for: the role says what it lacks.
    for (const right of process.refused) this.#log.info(`${role}: the system refuses ${right}`);
    this.#events.started(process);
    for (const sibling of role === 'control' ? SIBLINGS : ['control' as const]) this.#link(role, sibling);
  }

  #killAfter(slot: Slot, milliseconds: number): void {
    clearTimeout(slot.timer);
    const { process } = slot;
    slot.timer = setTimeout(() => {
      this.#log.error(`${process?.role ?? ''} was not ready or gone within ${String(milliseconds / 1000)} s`);
      process?.kill();
    }, milliseconds);
  }

  /** A new channel between two roles, if both live. */
  #link(a: Role, b: Role): void {
    if (!this.isAlive(a) || !this.isAlive(b)) return;
    const [endOfA, endOfB] = processAddon.socketPair();
    this.send(a, { kind: 'attach', role: b }, endOfA);
    this.send(b, { kind: 'attach', role: a }, endOfB);
    // Each has its own now; a copy kept here would hide from one that the other is gone.
    closeSync(endOfA);
    closeSync(endOfB);
  }

  #onMessage(process: RoleProcess, message: ToSupervisor): void {
    if (message.kind === 'ready') clearTimeout(this.#slots[process.role].timer);
    this.#events.message(process, message);
  }

  #onEnded(process: RoleProcess, how: string): void {
    const { role } = process;
    const slot = this.#slots[role];
    slot.process = null;
    clearTimeout(slot.timer);
    if (slot.retired) {
      this.#log.debug(`${role} (pid ${String(process.pid)}) has ended: ${how}`);
      this.#events.ended(role, false);
      if (this.#living().length === 0) this.#onAllEnded?.();
      return;
    }
    if (slot.replacing) {
      slot.replacing = false;
      this.#restart(role);
    } else {
      this.#onDeath(slot, process, how);
    }
  }

  #onDeath(slot: Slot, process: RoleProcess, how: string): void {
    const { role, pid, started } = process;
    slot.deaths = countDeath(slot.deaths, started, instant(processAddon.bootTime()));
    const delay = restartDelay(slot.deaths);
    const death = `${role} (pid ${String(pid)}) died: ${how}`;
    this.#events.ended(role, delay !== null);
    if (delay === null) {
      slot.retired = true;
      const window = String(DEATH_WINDOW / 1000);
      this.#events.gaveUp(`${death}; more than ${String(DEATHS_ALLOWED)} times in ${window} s`);
      return;
    }
    this.#log.error(`${death}; it is started anew ${delay === 0 ? 'at once' : `in ${String(delay)} ms`}`);
    if (delay === 0) this.#restart(role);
    else
      slot.timer = setTimeout(() => {
        this.#restart(role);
      }, delay);
  }

  #restart(role: Role): void {
    if (this.#slots[role].retired) return;
    try {
      this.#start(role);
    } catch (error) {
      this.#slots[role].retired = true;
      this.#events.gaveUp(`${role}: ${messageOf(error)}`);
    }
  }
}

const newSlot = (): Slot => ({
  process: null,
  deaths: NO_DEATHS,
  timer: undefined,
  retired: false,
  replacing: false,
});
