// One running role: its process, its rights and the supervisor's end of its channel.

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { instant, type Instant } from '../core/time.js';
import { openJsonChannel } from '../ipc/channel.js';
import type { JsonChannel } from '../ipc/channel.js';
import { processAddon } from '../ipc/process-addon.js';
import type { FromSupervisor, Role, ToSupervisor } from '../ipc/supervisor-messages.js';
import type { Running } from './hand-over.js';
import { Life } from './life.js';
import { Turns } from './turns.js';
import type { User } from './identity.js';
import { CAPABILITIES } from './rights.js';
import type { Rights } from './rights.js';

/** What a role is started with. */
export interface Launch {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly rights: Rights;
  /** Whom `rights.user: raisd` means. */
  readonly user: User;
}

export interface RoleEvents {
  message(message: ToSupervisor): void;
  /** Its main thread is dead, so that it does nothing any more; `ended` follows. Absent: the role is not watched for that. */
  died?(): void;
  /** The process is gone and reaped; the last event. `how`: `exit code 1`, `signal SIGKILL`. */
  ended(how: string): void;
}

/** A role that closed its channel, or no longer reads it, is ended if it has not ended itself by then. */
const CLOSED_GRACE_MILLISECONDS = 1000;

export class RoleProcess<R extends string = Role> {
  readonly role: R;
  readonly pid: number;
  readonly pidfd: number;
  /** What its main thread is to have once it is ready; null: as it is. */
  readonly nice: number | null;
  /** What the system refused to grant (`RLIMIT_RTPRIO`). */
  readonly refused: readonly string[];
  /** When it gave the last sign of life: a word, or a turn of its event loop. */
  heardAt: Instant;
  /** It is loaded, and answers a `ping`. */
  answers = false;
  #ended = false;
  #life: Life | null = null;
  #turns: Turns | null = null;
  #channel: JsonChannel<FromSupervisor>;
  #grace: NodeJS.Timeout | undefined;

  /** Starts the role, or goes on with one that runs; throws an error that names the step that failed. */
  constructor(role: R, origin: Launch | Running, events: RoleEvents) {
    const running = 'pid' in origin ? origin : startRole(origin);
    this.role = role;
    this.pid = running.pid;
    this.pidfd = running.pidfd;
    this.nice = running.nice;
    this.refused = running.refused;
    this.answers = running.answers;
    this.heardAt = instant(processAddon.bootTime());
    this.#channel = openJsonChannel<ToSupervisor, FromSupervisor>(running.channel, {
      message: (message, descriptor) => {
        if (descriptor >= 0) closeSync(descriptor);
        this.heardAt = instant(processAddon.bootTime());
        if (message.kind === 'standing-by') this.#onStandingBy(message.countsTurns === true);
        events.message(message);
      },
      closed: () => {
        this.#killSoon();
      },
    });
    processAddon.watchExit(running.pidfd, (code, signal) => {
      this.#ended = true;
      this.#life?.close();
      clearTimeout(this.#grace);
      this.#channel.close();
      events.ended(describeExit(code, signal));
    });
    if (events.died !== undefined) this.#life = this.#watchLife(events.died);
  }

  /** Worth having, never worth failing for: its end is seen all the same. */
  #watchLife(died: () => void): Life | null {
    try {
      const life = new Life(died);
      this.#channel.send({ kind: 'life' }, life.memory);
      return life;
    } catch {
      return null;
    }
  }

  /** One that goes on from a program before this one is asked instead: it has no such memory, or it is not known here. */
  #onStandingBy(countsTurns: boolean): void {
    this.answers = true;
    if (countsTurns) this.#turns = Turns.share((memory) => this.#channel.send({ kind: 'turns' }, memory));
  }

  /** Whether its event loop has turned since this was asked last. False also where it does not say. */
  hasTurned(): boolean {
    return this.#turns?.hasMoved() === true;
  }

  /** Its main thread was seen to be dead; the process may still be on its way out. */
  get isDead(): boolean {
    return this.#life?.isOver === true;
  }

  /** False: the role no longer takes anything off its queue; it is ended then. */
  send(message: FromSupervisor, descriptor?: number): boolean {
    if (this.#channel.send(message, descriptor)) return true;
    this.kill();
    return false;
  }

  /** Closes the channel: the role ends itself, network after removing its addresses (R52). */
  close(): void {
    this.#channel.close();
  }

  kill(): void {
    // Not yet reaped, so that the pid is still this process's.
    if (!this.#ended) process.kill(this.pid, 'SIGKILL');
  }

  /** For the program that goes on with it; null: it has not taken all that it was told. */
  handOver(): Running | null {
    const channel = this.#channel.settled();
    if (channel === null) return null;
    const { pid, pidfd, nice, refused, answers } = this;
    return { pid, pidfd, channel, nice, refused, answers };
  }

  #killSoon(): void {
    if (this.#ended) return;
    this.#grace = setTimeout(() => {
      this.kill();
    }, CLOSED_GRACE_MILLISECONDS);
  }
}

function startRole(launch: Launch): Running {
  const [ours, theirs] = processAddon.socketPair();
  const spawned = spawnRole(launch, ours, theirs);
  return { ...spawned, channel: ours, nice: launch.rights.nice, answers: false };
}

function spawnRole(launch: Launch, ours: number, theirs: number): ReturnType<typeof processAddon.spawn> {
  const { rights } = launch;
  const user = rights.user === 'root' ? { uid: 0, gid: 0 } : launch.user;
  try {
    return processAddon.spawn({
      path: launch.path,
      arguments: launch.arguments,
      environment: launch.environment,
      descriptors: [theirs],
      uid: user.uid,
      gid: user.gid,
      groups: [],
      capabilities:
        rights.capabilities === 'all' ? null : rights.capabilities.map((name) => CAPABILITIES[name]),
      // Not the supervisor's; its own comes later (see scheduling.ts).
      nice: 0,
      realtimePriority: rights.realtimePriority,
      memoryLock: rights.memoryLock,
      noNewPrivileges: rights.noNewPrivileges,
      deathSignal: rights.diesWithSupervisor ? constants.signals.SIGKILL : 0,
    });
  } catch (error) {
    closeSync(ours);
    throw error;
  } finally {
    closeSync(theirs);
  }
}

/** `exit code 1`, `signal SIGKILL`. */
export function describeExit(code: number | null, signal: number | null): string {
  if (code !== null) return `exit code ${String(code)}`;
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return `signal ${name ?? String(signal)}`;
}
