// What systemd hears of the daemon (sd_notify(3)), where it was started by it. Failures are told once and are no
// reason for anything: a manager that hears nothing acts by its own bounds.

import { openChannel } from '../ipc/channel.js';
import type { Channel } from '../ipc/channel.js';
import { processAddon } from '../ipc/process-addon.js';
import { messageOf } from '../log/error-message.js';
import { Complaints } from './complaints.js';
import type { Log } from '../log/log.js';

/** Feedings within the manager's patience. */
const FEEDINGS = 3;
const MICROSECONDS_A_MILLISECOND = 1000;
/** While addresses are released the manager is asked for so much more time, again and again: milliseconds. */
const EXTENSION = 10_000;
const EXTENSION_PERIOD = 2000;

/** The watchdog's patience while one program takes another one's place: milliseconds. */
const GOING_OVER = 30_000;

/** Of the environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`. */
export type ManagerEnvironment = Readonly<Record<string, string | undefined>>;

export class ServiceManager {
  readonly #log: Log;
  readonly #complaints: Complaints;
  /** Null: nobody asked to be told. */
  readonly #descriptor: number | null;
  /** Between two feedings of the watchdog, milliseconds; null: there is none. */
  readonly #feedingPeriod: number | null;
  #extension: NodeJS.Timeout | undefined;
  #feeder: Channel | undefined;

  constructor(environment: ManagerEnvironment, pid: number, log: Log) {
    this.#log = log;
    this.#complaints = new Complaints(log);
    this.#descriptor = this.#connect(environment['NOTIFY_SOCKET']);
    this.#feedingPeriod = this.#descriptor === null ? null : feedingPeriod(environment, pid);
  }

  /** All roles work, or the new configuration is in force. */
  ready(status: string): void {
    this.#tell(`READY=1\nSTATUS=${status}`);
  }

  status(status: string): void {
    this.#tell(`STATUS=${status}`);
  }

  /** `ready` follows, whether the new configuration was taken or refused. */
  reloading(): void {
    this.#tellReloading('reading the configuration anew');
  }

  /** `wentOver` follows, from the program that takes this one's place, or from this one where none does. */
  goingOver(): void {
    this.#tellReloading('going over to the program on disk');
    // Nobody hears heartbeat until that program works, which takes its time on a busy host.
    if (this.#feedingPeriod !== null) this.#tellPatience(GOING_OVER);
  }

  wentOver(status: string): void {
    if (this.#feedingPeriod !== null) this.#tellPatience(this.#feedingPeriod * FEEDINGS);
    this.ready(status);
  }

  #tellReloading(status: string): void {
    // CLOCK_MONOTONIC, which is what the manager compares it with.
    const microseconds = process.hrtime.bigint() / BigInt(MICROSECONDS_A_MILLISECOND);
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${String(microseconds)}\nSTATUS=${status}`);
  }

  #tellPatience(milliseconds: number): void {
    this.#tell(`WATCHDOG_USEC=${String(milliseconds * MICROSECONDS_A_MILLISECOND)}\nWATCHDOG=1`);
  }

  /** The end has begun. The daemon bounds it itself, so that the manager is asked for time as long as it lasts. */
  stopping(): void {
    const notice = `EXTEND_TIMEOUT_USEC=${String(EXTENSION * MICROSECONDS_A_MILLISECOND)}`;
    this.#tell(`STOPPING=1\nSTATUS=releasing all addresses\n${notice}`);
    if (this.#descriptor === null) return;
    this.#extension = setInterval(() => {
      this.#tell(notice);
    }, EXTENSION_PERIOD);
  }

  stopped(): void {
    clearInterval(this.#extension);
    this.#feeder?.close();
  }

  /**
   * For each new heartbeat process: what it says on this descriptor, the caller's to close, feeds the manager's watchdog.
   * It passes through here, so that the manager need listen to this process alone (no script can speak for the daemon),
   * and notices a supervisor that hangs. Null: there is no watchdog.
   */
  openWatchdog(): { readonly descriptor: number; readonly periodMilliseconds: number } | null {
    if (this.#feedingPeriod === null) return null;
    const [ours, theirs] = processAddon.socketPair();
    this.feedFrom(ours);
    return { descriptor: theirs, periodMilliseconds: this.#feedingPeriod };
  }

  /** What is said on this descriptor feeds the watchdog from now on. */
  feedFrom(descriptor: number): void {
    this.#feeder?.close();
    this.#feeder = openChannel(descriptor, {
      message: () => {
        this.#tell('WATCHDOG=1');
      },
      // A heartbeat process that ended: the next one gets a descriptor of its own.
      closed: () => undefined,
    });
    this.#feeder.unref();
  }

  /** For the program that takes this one's place. */
  handOver(): number | null {
    return this.#feeder?.settled() ?? null;
  }

  #connect(socketName: string | undefined): number | null {
    if (socketName === undefined) return null;
    try {
      return processAddon.connectNotifySocket(socketName);
    } catch (error) {
      this.#log.warn(`${messageOf(error)}: the service manager hears nothing of this daemon`);
      return null;
    }
  }

  #tell(notice: string): void {
    if (this.#descriptor === null) return;
    try {
      processAddon.sendNotice(this.#descriptor, notice);
      this.#complaints.settle('notice');
    } catch (error) {
      this.#complaints.warn('notice', messageOf(error).replaceAll('\n', ' '));
    }
  }
}

function feedingPeriod(environment: ManagerEnvironment, pid: number): number | null {
  const { WATCHDOG_USEC: patience, WATCHDOG_PID: watched } = environment;
  if (patience === undefined || (watched !== undefined && watched !== String(pid))) return null;
  const microseconds = Number(patience);
  return microseconds > 0 ? microseconds / MICROSECONDS_A_MILLISECOND / FEEDINGS : null;
}
