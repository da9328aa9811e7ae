// R53: the stand-ins of the roles. Node.js takes a tenth of a second to start, and a role that dies must be replaced within
// milliseconds. So each has a second process with the same rights, loaded and rehearsed, that has been told all that it
// needs and waits for `go`. Where that changes another stand-in is made. It is begun once the daemon is at rest, and takes
// nobody's processor in the moment of a takeover.

import type { Role } from '../ipc/supervisor-messages.js';
import { messageOf } from '../log/error-message.js';
import type { Log } from '../log/log.js';
import type { RoleProcess } from './role-process.js';

/** So long after the last start or death stand-ins are begun, one after the other. */
const REST_MILLISECONDS = 1000;
/** One that died, or could not be started, is tried again after this. */
const RETRY_MILLISECONDS = 10_000;

export interface StandInPorts {
  /** The roles, in the order in which theirs are begun. */
  readonly roles: readonly Role[];
  /** One that is not said to stand by within this does not hold up the others: milliseconds. */
  readonly patience: number;
  /** Whether the role is to have one. */
  isWanted(role: Role): boolean;
  /** Starts one; throws where it cannot be started. */
  launch(role: Role): RoleProcess;
  /** It is loaded: tell it what it needs. */
  prepare(standIn: RoleProcess): void;
  /** That of a role which goes over to it is ready. */
  succeed(role: Role): void;
}

export interface StandIn {
  readonly process: RoleProcess;
  /** It was told all that it needs, */
  isPrepared: boolean;
  /** and has taken it in. */
  isReady: boolean;
}

export class StandIns {
  readonly #log: Log;
  readonly #ports: StandInPorts;
  readonly #standIns = new Map<Role, StandIn>();
  /** Roles whose next stand-in takes their place as soon as it can. */
  #successions: readonly Role[] = [];
  /** All were to be replaced, and it was not told yet that they are. */
  #isReplacing = false;
  #timer: NodeJS.Timeout | undefined;
  #isKept = false;

  constructor(log: Log, ports: StandInPorts) {
    this.#log = log;
    this.#ports = ports;
  }

  /** From now on each role has one. */
  keep(): void {
    this.#isKept = true;
    this.#beginAfter(REST_MILLISECONDS);
  }

  /** No others are begun. */
  stop(): void {
    this.#isKept = false;
    clearTimeout(this.#timer);
  }

  /** What it was told is no longer so. */
  renew(role: Role): void {
    this.#standIns.get(role)?.process.kill();
    this.#standIns.delete(role);
    this.rest();
  }

  /** Each role goes over to one that is started now; nothing else changes. */
  succeedAll(): void {
    for (const role of this.#ports.roles) this.renew(role);
    this.#successions = this.#ports.roles;
    this.#isReplacing = true;
    this.#beginAfter(0);
  }

  /** Something has happened: those that are missing are begun when it is over. */
  rest(): void {
    if (this.#isKept) this.#beginAfter(REST_MILLISECONDS);
  }

  has(role: Role): boolean {
    return this.#livingOf(role) !== null;
  }

  /** One that has been told everything. */
  preparedOf(role: Role): RoleProcess | null {
    const standIn = this.#livingOf(role);
    return standIn?.isPrepared === true ? standIn.process : null;
  }

  /** Takes it out, to be the role itself. */
  take(role: Role): StandIn | null {
    const standIn = this.#livingOf(role);
    if (standIn !== null) this.#standIns.delete(role);
    return standIn;
  }

  /** One that has died stays until it is gone, but nobody is to go over to it. */
  #livingOf(role: Role): StandIn | null {
    const standIn = this.#standIns.get(role);
    return standIn === undefined || standIn.process.isDead ? null : standIn;
  }

  /** For the program that takes this one's place. */
  all(): readonly StandIn[] {
    return [...this.#standIns.values()];
  }

  /** One that the program before this one has begun. */
  adopt(standIn: StandIn): void {
    this.#standIns.set(standIn.process.role, standIn);
  }

  living(role: Role): RoleProcess[] {
    const standIn = this.#standIns.get(role);
    return standIn === undefined ? [] : [standIn.process];
  }

  /** A process is loaded; nothing to do where it is no stand-in. */
  onStandingBy(process: RoleProcess): void {
    const standIn = this.#standIns.get(process.role);
    if (standIn?.process !== process) return;
    this.#ports.prepare(process);
    standIn.isPrepared = true;
    // Answered behind all of it. On a busy host that takes tens of milliseconds, in which nobody would be there to go on.
    process.send({ kind: 'ping' });
  }

  /** A process has taken in what it was told; nothing to do where it is no stand-in, or was known to be ready. */
  onAnswer(process: RoleProcess): void {
    const { role } = process;
    const standIn = this.#standIns.get(role);
    if (standIn?.process !== process || !standIn.isPrepared || standIn.isReady) return;
    standIn.isReady = true;
    if (!this.#successions.includes(role)) {
      this.#beginAfter(0);
      return;
    }
    this.#successions = this.#successions.filter((each) => each !== role);
    this.#ports.succeed(role);
  }

  onEnded(process: RoleProcess, how: string): void {
    const { role, pid } = process;
    // One that was thrown away is no news.
    if (this.#standIns.get(role)?.process !== process) return;
    this.#standIns.delete(role);
    if (!this.#isKept) return;
    this.#log.warn(`the stand-in of ${role} (pid ${String(pid)}) ended: ${how}; another one is started`);
    this.#beginAfter(RETRY_MILLISECONDS);
  }

  #beginAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#begin();
    }, milliseconds);
  }

  /** The first one that is missing; the next follows when it stands by. */
  #begin(): void {
    const isMissing = (role: Role): boolean => !this.has(role) && this.#ports.isWanted(role);
    const role = this.#successions.find(isMissing) ?? this.#ports.roles.find(isMissing);
    if (role === undefined) {
      this.#log.info('every role has a stand-in');
      if (this.#isReplacing && this.#successions.length === 0) {
        this.#isReplacing = false;
        this.#log.info('the restart is done: every role has a new process');
      }
      return;
    }
    try {
      this.#standIns.set(role, { process: this.#ports.launch(role), isPrepared: false, isReady: false });
      // Should it never stand by, the others are not to wait for it.
      this.#beginAfter(this.#ports.patience);
    } catch (error) {
      this.#log.error(`${role} has no stand-in: ${messageOf(error)}; if it dies, its addresses move`);
      this.#beginAfter(RETRY_MILLISECONDS);
    }
  }
}
