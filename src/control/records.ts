// What the monitors want remembered goes to the log, to the history and to the SNMP sinks, after the effects that must
// not wait for it.

import type { HostId } from '../core/address.js';
import type { RecordEffect } from '../core/effect.js';
import { notificationOf, type Notification } from '../ipc/notification.js';
import { withTime, type Log } from '../log/log.js';
import type { History } from './history.js';

/** Records written in one turn of the event loop, about a millisecond's work. */
const MOST_A_TURN = 20;
/**
 * What is left waits so long, milliseconds: a takeover of a thousand addresses makes two thousand records, which must not
 * take the processor in which it is carried out.
 */
const REST_MS = 4;

export class Records {
  private readonly waiting: {
    readonly group: string | null;
    readonly effect: RecordEffect;
    /** Wall clock, milliseconds since 1970. */
    readonly at: number;
  }[] = [];
  private scheduled = false;
  private readonly host: HostId;
  private readonly log: Log;
  private readonly history: History;
  private readonly notify: (notification: Notification) => void;

  constructor(host: HostId, log: Log, history: History, notify: (notification: Notification) => void) {
    this.host = host;
    this.log = log;
    this.history = history;
    this.notify = notify;
  }

  add(group: string | null, effect: RecordEffect): void {
    this.waiting.push({ group, effect, at: Date.now() });
    this.schedule();
  }

  /** Writes everything now: before the process ends. */
  flush(): void {
    while (this.waiting.length > 0) this.writeSome();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.writeInTurns();
    });
  }

  private writeInTurns(): void {
    this.writeSome();
    this.scheduled = this.waiting.length > 0;
    if (this.scheduled)
      setTimeout(() => {
        this.writeInTurns();
      }, REST_MS);
  }

  private writeSome(): void {
    for (const { group, effect, at: time } of this.waiting.splice(0, MOST_A_TURN)) {
      const at = new Date(time).toISOString();
      const { event, level, address, message } = effect;
      withTime(time, () => {
        this.log[level]({ group, event, ...(address === null ? {} : { address }) }, message);
      });
      this.history.add({ at, host: this.host, group, event, address, message });
      const notification = notificationOf(group, effect);
      if (notification !== null) this.notify(notification);
    }
  }
}
