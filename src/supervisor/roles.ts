// The four roles as a whole: started, linked with each other (role-links.ts), replaced by their stand-ins (stand-ins.ts) when
// they die, and ended.

import { instant, NEVER } from '../core/time.js';
import type { Instant } from '../core/time.js';
import { processAddon } from '../ipc/process-addon.js';
import type { FromSupervisor, Role, ToSupervisor } from '../ipc/supervisor-messages.js';
import type { Log } from '../log/log.js';
import { countDeath, DEATH_WINDOW, DEATHS_ALLOWED, NO_DEATHS, restartDelay } from './back-off.js';
import type { Deaths } from './back-off.js';
import type { RolesHandOver, Running } from './hand-over.js';
import { killHanging, PulseWatch } from './pulse-watch.js';
import { RoleLinks, SIBLINGS, type Sibling } from './role-links.js';
import { RoleProcess } from './role-process.js';
import { rolesHandOver } from './roles-hand-over.js';
import type { Launch } from './role-process.js';
import { StandIns } from './stand-ins.js';
import { messageOf } from '../log/error-message.js';

/** In the order of their start: control, which uses the others, comes last. */
export const ROLES: readonly Role[] = ['network', 'heartbeat', 'scripts', 'control'];

/** A role that has not said `ready` by then is ended, which counts as a death. */
const READY_MILLISECONDS = 30_000;
export interface RolesEvents {
  /** How to start a role, asked at each start. */
  launch(role: Role): Launch;
  /** A role was started, or will soon be: send it `start` and whatever else it needs, as it is now. */
  prepare(process: RoleProcess): void;
  /** It has begun its work: what was not known, or not free, before. */
  begun(process: RoleProcess): void;
  message(process: RoleProcess, message: ToSupervisor): void;
  /** A process ended; `restarting`: it is started anew. */
  ended(role: Role, restarting: boolean): void;
  /** A role cannot be kept alive: the daemon must end. */
  gaveUp(reason: string): void;
}

/** The place of a role. */
export interface Slot {
  process: RoleProcess | null;
  /** When it began its work. */
  since: Instant;
  deaths: Deaths;
  /** The next start, or the bound on `ready`. */
  timer: NodeJS.Timeout | undefined;
  /** No longer started anew. */
  retired: boolean;
  /** Being replaced on purpose: the next end is no death. */
  replacing: boolean;
  /** It has said so. */
  isReady: boolean;
}

export class Roles {
  readonly #log: Log;
  readonly #events: RolesEvents;
  readonly #slots: Readonly<Record<Role, Slot>>;
  #onAllEnded: (() => void) | null = null;
  readonly #links = new RoleLinks({
    isAlive: (role) => this.isAlive(role),
    send: (role, message, descriptor) => {
      this.send(role, message, descriptor);
    },
  });
  #pulse: PulseWatch | null = null;
  readonly #standIns: StandIns;
  /** Died and replaced, not yet gone: how they died is told then. */
  readonly #dying = new Set<RoleProcess>();
  /** All that were not reaped yet, also those that nobody waits for. */
  readonly #unreaped = new Set<RoleProcess>();

  constructor(log: Log, events: RolesEvents) {
    this.#log = log;
    this.#events = events;
    this.#slots = { network: newSlot(), heartbeat: newSlot(), scripts: newSlot(), control: newSlot() };
    this.#standIns = new StandIns(log, {
      roles: ROLES,
      patience: READY_MILLISECONDS,
      isWanted: (role) => !this.#slots[role].retired,
      launch: (role) => this.#launch(role),
      prepare: (standIn) => {
        this.#events.prepare(standIn);
        if (standIn.role === 'heartbeat') this.#links.share(standIn);
      },
      succeed: (role) => {
        this.#succeed(role);
      },
    });
  }

  /** Starts all of them; throws where one cannot be started, and leaves the others to `end`. */
  startAll(): void {
    this.#beginPulse();
    for (const role of ROLES) this.#start(role);
  }

  #beginPulse(): void {
    this.#pulse = new PulseWatch(this.#log, {
      roles: () => ROLES.flatMap((role) => this.#slots[role].process ?? []),
      standIns: () => ROLES.flatMap((role) => this.#standIns.living(role)),
    });
  }

  /** For the program that takes this one's place; or why none can do so now. */
  handOver(): RolesHandOver | string {
    return rolesHandOver({
      slots: this.#slots,
      standIns: this.#standIns.all(),
      heartbeatEnd: this.#links.handOver(),
      unreaped: this.#unreaped,
    });
  }

  /** In place of `startAll`: goes on with those of the program before this one, which work. */
  adopt({ active, standIns, heartbeatEnd }: RolesHandOver): void {
    for (const role of ROLES) {
      const { process, since, deaths } = active[role];
      const slot = this.#slots[role];
      slot.process = this.#watch(role, process);
      slot.since = instant(since);
      slot.deaths = deaths;
      slot.isReady = true;
    }
    for (const { role, process, isPrepared, isReady } of standIns)
      this.#standIns.adopt({ process: this.#watch(role, process), isPrepared, isReady });
    this.#links.adopt(heartbeatEnd);
    this.#beginPulse();
    this.keepStandIns();
  }

  /** R53: from now on each role has a stand-in. */
  keepStandIns(): void {
    this.#standIns.keep();
  }

  /** What the role's stand-in was told is no longer so. */
  renewStandIn(role: Role): void {
    this.#standIns.renew(role);
  }

  /** R53: each role goes over to a process that is started now; nothing else changes. */
  succeedAll(): void {
    this.#standIns.succeedAll();
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

  /** To its stand-in as well, which takes it in behind what it was told before; one that was told nothing yet will know. */
  sendToBoth(role: Role, message: FromSupervisor): void {
    this.send(role, message);
    this.#standIns.preparedOf(role)?.send(message);
  }

  /** Ends a role and starts it anew with what `launch` says now; not counted as a death. */
  replace(role: Role): void {
    const slot = this.#slots[role];
    // Rights are given at birth: those of the stand-in are old as well.
    this.#standIns.renew(role);
    if (slot.process === null) return;
    slot.replacing = true;
    slot.process.send({ kind: 'stop' });
    this.#killAfter(slot, READY_MILLISECONDS);
  }

  /** Ends a role that does not answer, whatever it is doing; it counts as a death. */
  endHanging(role: Role): void {
    const { process } = this.#slots[role];
    if (process !== null) killHanging(this.#log, process);
  }

  /** From now on the role is not started anew. */
  retire(role: Role): void {
    const slot = this.#slots[role];
    slot.retired = true;
    if (slot.process === null) clearTimeout(slot.timer);
  }

  /** Closes all channels, waits for the processes, and kills what is left when the bound has passed. */
  async end(boundMilliseconds: number): Promise<void> {
    this.#pulse?.close();
    this.#standIns.stop();
    for (const role of ROLES) this.retire(role);
    for (const process of this.#living()) process.close();
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
    return ROLES.flatMap((role) => [this.#slots[role].process ?? [], this.#standIns.living(role)].flat());
  }

  /** With its stand-in, where there is one. */
  #start(role: Role): void {
    const slot = this.#slots[role];
    const standIn = this.#standIns.take(role);
    const process = standIn?.process ?? this.#launch(role);
    const isPrepared = standIn?.isPrepared === true;
    slot.process = process;
    slot.isReady = false;
    // A stand-in was asked more seldom: from now on the silence of a role counts.
    process.heardAt = instant(processAddon.bootTime());
    if (!isPrepared) this.#events.prepare(process);
    process.send({ kind: 'go' });
    this.#linkStarted(role, isPrepared);
    // What takes time comes last.
    slot.since = instant(processAddon.bootTime());
    this.#killAfter(slot, READY_MILLISECONDS);
    this.#events.begun(process);
    this.#standIns.rest();
    this.#log.debug({ pid: process.pid }, `${role} is started`);
    // Worth having, never worth failing for: the role says what it lacks.
    if (standIn === null)
      for (const right of process.refused) this.#log.info(`${role}: the system refuses ${right}`);
  }

  #linkStarted(role: Role, isPrepared: boolean): void {
    // R53: it has the link of the one before it, which may have brought it much already.
    if (role === 'heartbeat' && isPrepared && this.#links.isKept) return;
    for (const sibling of role === 'control' ? SIBLINGS : [role]) this.#link(sibling);
  }

  #link(sibling: Sibling): void {
    this.#links.link(sibling);
    const standIn = this.#standIns.preparedOf('heartbeat');
    if (sibling === 'heartbeat' && standIn !== null) this.#links.share(standIn);
  }

  #launch(role: Role): RoleProcess {
    return this.#watch(role, this.#events.launch(role));
  }

  #watch(role: Role, origin: Launch | Running): RoleProcess {
    const process: RoleProcess = new RoleProcess(role, origin, {
      message: (message) => {
        this.#onMessage(process, message);
      },
      ended: (how) => {
        this.#unreaped.delete(process);
        if (this.#slots[role].process === process) {
          this.#onEnded(process, how);
          return;
        }
        if (this.#dying.delete(process)) this.#tellDeath(process, how, 0);
        this.#standIns.onEnded(process, how);
        this.#tellIfAllEnded();
      },
      // Heartbeat's stand-in hears of it sooner; to be told `go` while its thread still beats would make two of them.
      ...(role !== 'heartbeat' && {
        died: () => {
          this.#onDied(process);
        },
      }),
    });
    this.#unreaped.add(process);
    return process;
  }

  #tellIfAllEnded(): void {
    if (this.#living().length === 0) this.#onAllEnded?.();
  }

  #killAfter(slot: Slot, milliseconds: number): void {
    clearTimeout(slot.timer);
    const { process } = slot;
    slot.timer = setTimeout(() => {
      this.#log.error(`${process?.role ?? ''} was not ready or gone within ${String(milliseconds / 1000)} s`);
      process?.kill();
    }, milliseconds);
  }

  #onMessage(process: RoleProcess, message: ToSupervisor): void {
    const slot = this.#slots[process.role];
    if (message.kind === 'stopped' && slot.replacing && slot.process === process) {
      this.#onSilenced(slot, process.role);
      // It ends itself, and must not outlive that.
      process.kill();
      return;
    }
    if (message.kind === 'ready' && slot.process === process) {
      clearTimeout(slot.timer);
      slot.isReady = true;
    }
    if (message.kind === 'relink' && slot.process === process) this.#link('heartbeat');
    this.#events.message(process, message);
    if (message.kind === 'standing-by') this.#standIns.onStandingBy(process);
    if (message.kind === 'pong') this.#standIns.onAnswer(process);
  }

  /** Its stand-in is ready: the one that works is ended, in the way that costs the least. */
  #succeed(role: Role): void {
    const slot = this.#slots[role];
    if (slot.process === null) return;
    slot.replacing = true;
    // Scripts that run are ended, and heartbeat need not be dead to be silent; the others would give everything up.
    if (role === 'scripts' || role === 'heartbeat') slot.process.send({ kind: 'stop' });
    else slot.process.send({ kind: 'cease' });
    this.#killAfter(slot, READY_MILLISECONDS);
  }

  /** It does nothing any more: nobody waits for its end. */
  #onSilenced(slot: Slot, role: Role): void {
    slot.process = null;
    slot.replacing = false;
    clearTimeout(slot.timer);
    this.#restart(role);
  }

  /** R53: its stand-in goes on at once. Its own end takes its time on a busy host, and is only told. */
  #onDied(process: RoleProcess): void {
    const { role } = process;
    const slot = this.#slots[role];
    process.kill();
    if (slot.process !== process || slot.retired || !this.#standIns.has(role)) return;
    if (!slot.replacing) {
      const deaths = countDeath(slot.deaths, slot.since, instant(processAddon.bootTime()));
      // One too many: its end ends the daemon.
      if (restartDelay(deaths) === null) return;
      slot.deaths = deaths;
      this.#dying.add(process);
      this.#events.ended(role, true);
    }
    this.#onSilenced(slot, role);
  }

  #onEnded(process: RoleProcess, how: string): void {
    const { role } = process;
    const slot = this.#slots[role];
    slot.process = null;
    clearTimeout(slot.timer);
    if (role === 'heartbeat' && !this.#standIns.has(role)) this.#links.drop();
    if (slot.retired) {
      this.#log.debug(`${role} (pid ${String(process.pid)}) has ended: ${how}`);
      this.#events.ended(role, false);
      this.#tellIfAllEnded();
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
    const { role } = process;
    slot.deaths = countDeath(slot.deaths, slot.since, instant(processAddon.bootTime()));
    const patience = restartDelay(slot.deaths);
    // There is one about once a second, which is slow enough.
    const delay = patience !== null && this.#standIns.has(role) ? 0 : patience;
    this.#events.ended(role, delay !== null);
    if (delay === null) {
      slot.retired = true;
      const window = String(DEATH_WINDOW / 1000);
      this.#events.gaveUp(
        `${deathOf(process, how)}; more than ${String(DEATHS_ALLOWED)} times in ${window} s`,
      );
      return;
    }
    if (delay === 0) this.#restart(role);
    else
      slot.timer = setTimeout(() => {
        this.#restart(role);
      }, delay);
    this.#tellDeath(process, how, delay);
  }

  #tellDeath(process: RoleProcess, how: string, delay: number): void {
    const when = delay === 0 ? 'at once' : `in ${String(delay)} ms`;
    this.#log.error(`${deathOf(process, how)}; it is started anew ${when}`);
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

const deathOf = ({ role, pid }: RoleProcess, how: string): string =>
  `${role} (pid ${String(pid)}) died: ${how}`;

const newSlot = (): Slot => ({
  process: null,
  since: NEVER,
  deaths: NO_DEATHS,
  timer: undefined,
  retired: false,
  replacing: false,
  isReady: false,
});
