// Control's end of the channel to scripts. Runs that were under way when the process ended have failed; those asked
// for while none is there wait for the next one, and so do the newest notifications. What becomes of the zones is said to
// each new one.

import { openJsonChannel, type JsonChannel } from '../ipc/channel.js';
import type { Notification, SinkStatus } from '../ipc/notification.js';
import type {
  ControlToScripts,
  LoadResult,
  ScriptsToControl,
  TestResult,
  ZoneTask,
} from '../ipc/scripts-messages.js';
import type { ServiceAddress } from '../core/address.js';
import type { ScriptsWatch } from './scripts-watch.js';
import type { Group } from './group.js';

interface Run {
  readonly group: Group;
  readonly action: 'acquire' | 'release';
  readonly address: ServiceAddress;
  readonly reason: string;
  sent: boolean;
}

/** Notifications that wait for a scripts process; beyond, the oldest are dropped. One is started anew within a second. */
const MAX_UNSENT_NOTIFICATIONS = 1024;

export class ScriptsLink {
  /** How the SNMP sinks fare, as the scripts process said last. */
  sinks: readonly SinkStatus[] = [];
  private notifications: Notification[] = [];
  private channel: JsonChannel<ControlToScripts> | null = null;
  private readonly runs = new Map<number, Run>();
  private readonly zones = new Map<Group, ZoneTask>();
  private nextTicket = 1;
  private onReleased: (() => void) | null = null;
  private readonly watch: ScriptsWatch;
  private readonly onResult: (result: TestResult | LoadResult) => void;

  /** `watch` learns of every word; `onResult`: a test or load object said something. */
  constructor(watch: ScriptsWatch, onResult: (result: TestResult | LoadResult) => void) {
    this.watch = watch;
    this.onResult = onResult;
  }

  attach(descriptor: number): void {
    this.channel?.close();
    const channel = openJsonChannel<ScriptsToControl, ControlToScripts>(descriptor, {
      message: (message) => {
        if (this.channel === channel) this.watch.heard();
        this.onMessage(message);
      },
      closed: () => {
        if (this.channel !== channel) return;
        this.channel = null;
        this.watch.gone();
        this.failSent();
      },
    });
    this.channel = channel;
    this.watch.begun();
    for (const [ticket, run] of this.runs) this.send(ticket, run);
    for (const [group, task] of this.zones) this.sendZone(group, task);
    this.sendNotifications();
  }

  close(): void {
    this.channel?.close();
    this.channel = null;
  }

  /** R23. Nothing waits for what becomes of it. */
  notify(notification: Notification): void {
    this.notifications.push(notification);
    if (this.notifications.length > MAX_UNSENT_NOTIFICATIONS) this.notifications.shift();
    this.sendNotifications();
  }

  /** In order. What a full channel does not take goes with the next one. */
  private sendNotifications(): void {
    for (;;) {
      const [notification] = this.notifications;
      if (notification === undefined || this.channel?.send({ kind: 'notify', notification }) !== true) return;
      this.notifications.shift();
    }
  }

  run(group: Group, action: 'acquire' | 'release', address: ServiceAddress, reason: string): void {
    const ticket = this.nextTicket++;
    const run: Run = { group, action, address, reason, sent: false };
    this.runs.set(ticket, run);
    this.send(ticket, run);
  }

  /** Ends the acquire script of that address, if it runs; its end comes as an error. */
  cancel(group: Group, address: ServiceAddress): void {
    for (const [ticket, run] of this.runs) {
      if (run.group !== group || run.address !== address || run.action !== 'acquire') continue;
      if (run.sent) this.channel?.send({ kind: 'cancel-script', ticket });
      else
        setImmediate(() => {
          this.finish(ticket, 'cancelled before it ran');
        });
    }
  }

  /**
   * Calls `released` once no release script is under way or waits (R22): behind a hand-over they run when the address has left
   * (R55). Asked again: the one before is forgotten.
   */
  awaitReleases(released: () => void): void {
    this.onReleased = released;
    this.tellIfReleased();
  }

  private tellIfReleased(): void {
    if ([...this.runs.values()].some(({ action }) => action === 'release')) return;
    const told = this.onReleased;
    this.onReleased = null;
    told?.();
  }

  /** R41: what becomes of the group's zone from now on. */
  zone(group: Group, task: ZoneTask): void {
    if (task.kind === 'leave') this.zones.delete(group);
    else this.zones.set(group, task);
    this.sendZone(group, task);
  }

  private sendZone(group: Group, task: ZoneTask): void {
    if (this.channel === null || this.channel.send({ kind: 'zone', group: group.name, task })) return;
    setImmediate(() => {
      group.post({ kind: 'zone-told', published: null, error: 'the scripts process is overloaded' });
    });
  }

  private onMessage(message: ScriptsToControl): void {
    switch (message.kind) {
      case 'script-done':
        this.finish(message.ticket, message.error);
        return;
      case 'zone-told': {
        const { published, error } = message;
        for (const group of this.zones.keys())
          if (group.name === message.group) group.post({ kind: 'zone-told', published, error });
        return;
      }
      case 'sinks':
        this.sinks = message.sinks;
        return;
      case 'alive':
        return;
      case 'test':
      case 'load':
        this.onResult(message);
    }
  }

  private send(ticket: number, run: Run): void {
    if (this.channel === null || run.sent) return;
    const { action, address, reason } = run;
    run.sent = true;
    const sent = this.channel.send({
      kind: 'run-script',
      ticket,
      action,
      group: run.group.name,
      address,
      reason,
    });
    if (!sent)
      setImmediate(() => {
        this.finish(ticket, 'the scripts process is overloaded');
      });
  }

  private failSent(): void {
    for (const [ticket, run] of [...this.runs])
      if (run.sent) this.finish(ticket, 'the scripts process ended');
  }

  private finish(ticket: number, error: string | null): void {
    const run = this.runs.get(ticket);
    if (run === undefined) return;
    this.runs.delete(ticket);
    run.group.post({ kind: 'script-done', action: run.action, address: run.address, error });
    this.tellIfReleased();
  }
}
