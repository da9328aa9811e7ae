// R23: all SNMP sinks. A notification goes to each of them; none waits for another.

import type { SnmpSink } from '../../config/configuration.js';
import type { HostId } from '../../core/address.js';
import type { Notification, SinkStatus } from '../../ipc/notification.js';
import { messageOf } from '../../log/error-message.js';
import type { ScriptsLog } from '../scripts.js';
import { openDelivery } from './delivery.js';
import { startEngine, startsWithoutFile, type Engine } from './engine.js';
import { enterpriseNumber } from './enterprise.js';
import { Sink } from './sink.js';
import { notificationPdu } from './varbinds.js';

/** Counters are told this long after a change at the latest, and no more often. */
const TELL_MS = 200;

export interface SinksOptions {
  readonly host: HostId;
  readonly log: ScriptsLog;
  /** Told at the start, after a reload, and when counters have changed. */
  tell(sinks: readonly SinkStatus[]): void;
}

export class Sinks {
  readonly #options: SinksOptions;
  #boots = startsWithoutFile(Date.now());
  #engine: { readonly engine: Engine; readonly enterprise: number } | null = null;
  #sinks: readonly Sink[] = [];
  #timer: NodeJS.Timeout | null = null;
  #onIdle: (() => void) | null = null;

  constructor(options: SinksOptions) {
    this.#options = options;
  }

  /** How often the engine was started (RFC 3414), before anything is sent. */
  set boots(boots: number) {
    this.#boots = boots;
  }

  get status(): SinkStatus[] {
    return this.#sinks.map((sink) => sink.status);
  }

  /** Goes over to these sinks: those that stay keep their queue and their counters. */
  reconfigure(configurations: readonly SnmpSink[]): void {
    const before = this.#sinks;
    this.#sinks = configurations.flatMap(
      (configuration) => before.find((sink) => sink.is(configuration)) ?? this.#open(configuration) ?? [],
    );
    for (const sink of before) if (!this.#sinks.includes(sink)) sink.close();
    this.#options.tell(this.status);
  }

  /** Nothing of this waits for a network. */
  notify(notification: Notification): void {
    const [running, { host }] = [this.#engine, this.#options];
    if (running === null || this.#sinks.length === 0) return;
    const pdu = notificationPdu(running.enterprise, host, notification);
    const upTime = running.engine.upTime();
    for (const sink of this.#sinks) sink.add(pdu, upTime);
  }

  /** Until nothing waits, or the bound has passed. Milliseconds. */
  async idle(bound: number): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, bound);
      this.#onIdle = resolve;
    });
  }

  get #isIdle(): boolean {
    return this.#sinks.every((sink) => sink.idle);
  }

  #open(configuration: SnmpSink): Sink | null {
    const { log, host } = this.#options;
    try {
      this.#engine ??= runningEngine(host, () => this.#boots);
    } catch (error) {
      log.warn({}, `snmp: nothing is sent, the MIB is missing; install raisd anew: ${messageOf(error)}`);
      return null;
    }
    const sink: Sink = new Sink(configuration, openDelivery(configuration, this.#engine.engine), {
      changed: () => {
        this.#onChanged();
      },
      turned: (error) => {
        const name = sink.status.sink;
        if (error === null) log.info({ sink: name }, `snmp: ${name} takes notifications again`);
        else
          log.warn(
            { sink: name },
            `snmp: ${name}: ${error}; notifications are lost until it takes them again, raisctl status counts them`,
          );
      },
    });
    return sink;
  }

  #onChanged(): void {
    if (this.#isIdle) this.#onIdle?.();
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#options.tell(this.status);
    }, TELL_MS);
  }
}

function runningEngine(host: HostId, boots: () => number): { engine: Engine; enterprise: number } {
  const enterprise = enterpriseNumber();
  return { enterprise, engine: startEngine(enterprise, host, boots) };
}
