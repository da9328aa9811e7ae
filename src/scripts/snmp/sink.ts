// One sink with what waits for it. A sink that does not answer delays nothing but its own queue, which is bounded.

import { isDeepStrictEqual } from 'node:util';
import type { SnmpSink } from '../../config/configuration.js';
import { formatEndpoint } from '../../config/endpoint.js';
import type { SinkStatus } from '../../ipc/notification.js';
import type { Delivery } from './delivery.js';
import type { NotificationPdu } from './varbinds.js';

/** Of one sink. Beyond, the oldest are thrown away and counted: a host that serves 1,000 addresses releases them at once. */
export const MAX_WAITING = 2048;
/** Of an inform. A sink that confirmed nothing the last time gets one only, so that its queue goes on. */
const ATTEMPTS = 3;

interface Waiting {
  readonly pdu: NotificationPdu;
  /** When it happened, which matters the more the longer it waits. */
  readonly upTime: number;
}

export interface SinkEvents {
  /** Its counters have changed. */
  changed(): void;
  /** It fails, having worked before; or, null, the other way round. */
  turned(error: string | null): void;
}

export class Sink {
  readonly configuration: SnmpSink;
  readonly #delivery: Delivery;
  readonly #events: SinkEvents;
  readonly #waiting: Waiting[] = [];
  readonly #counts = { sent: 0, failed: 0, dropped: 0 };
  #error: string | null = null;
  #working = false;
  #closed = false;

  constructor(configuration: SnmpSink, delivery: Delivery, events: SinkEvents) {
    this.configuration = configuration;
    this.#delivery = delivery;
    this.#events = events;
  }

  get status(): SinkStatus {
    const { host, version, inform } = this.configuration;
    const waiting = this.#waiting.length + (this.#working ? 1 : 0);
    return { sink: formatEndpoint(host), version, inform, ...this.#counts, waiting, error: this.#error };
  }

  get idle(): boolean {
    return !this.#working;
  }

  is(configuration: SnmpSink): boolean {
    return isDeepStrictEqual(this.configuration, configuration);
  }

  add(pdu: NotificationPdu, upTime: number): void {
    this.#waiting.push({ pdu, upTime });
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#counts.dropped += 1;
    }
    if (!this.#working) void this.#work();
    this.#events.changed();
  }

  /** What waits is thrown away. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#delivery.close();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const error = await this.#deliver(next);
      if (this.#closed) break;
      this.#counts[error === null ? 'sent' : 'failed'] += 1;
      const turned = (error === null) !== (this.#error === null);
      this.#error = error;
      if (turned) this.#events.turned(error);
      this.#events.changed();
    }
    this.#working = false;
    if (!this.#closed) this.#events.changed();
  }

  async #deliver({ pdu, upTime }: Waiting): Promise<string | null> {
    const attempts = this.configuration.inform && this.#error === null ? ATTEMPTS : 1;
    let error: string | null = null;
    for (let attempt = 0; attempt < attempts && !this.#closed; attempt++) {
      error = await this.#delivery.deliver(pdu, upTime);
      if (error === null) break;
    }
    return error;
  }
}
