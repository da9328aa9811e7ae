// What the monitors want remembered goes to the log, to the history and to the SNMP sinks, after the effects that must
// not wait for it.

import type { HostId } from '../core/address.js';
import type { RecordEffect } from '../core/effect.js';
import { notificationOf, type Notification } from '../ipc/notification.js';
import type { Log } from '../log/log.js';
import type { History } from './history.js';

/** Records written in one turn of the event loop, about a millisecond's work; the rest waits for the next. */
const MOST_A_TURN = 20;

export class Records {
  private readonly waiting: {
    readonly group: string | null;
    readonly effect: RecordEffect;
    readonly at: string;
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
    this.waiting.push({ group, effect, at: new Date().toISOString() });
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
      this.scheduled = false;
      this.writeSome();
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private writeSome(): void {
    for (const { group, effect, at } of this.waiting.splice(0, MOST_A_TURN)) {
      const { event, level, address, message } = effect;
      this.log[level]({ group, event, ...(address === null ? {} : { address }) }, message);
      this.history.add({ at, host: this.host, group, event, address, message });
      const notification = notificationOf(group, effect);
      if (notification !== null) this.notify(notification);
    }
  }
}
