// One service monitor in production: events go into the core, effects go out to the processes that carry them out.

import type { HostId, ServiceAddress } from '../core/address.js';
import type { Effect, RecordEffect } from '../core/effect.js';
import type { Command, Event, GroupRequest } from '../core/event.js';
import type { Information } from '../core/host-information.js';
import { createMonitor, type ServiceMonitor } from '../core/monitor.js';
import type { MonitorSettings } from '../core/settings.js';
import type { BootAlarm } from '../ipc/process-addon.js';
import type { ZoneTask } from '../ipc/scripts-messages.js';
import { nextDeadline, step } from '../core/step.js';
import { after, later, NO_DEADLINE, type Instant } from '../core/time.js';

export interface Publication {
  readonly information: Information;
  readonly term: number;
  readonly joining: boolean;
  readonly leaving: boolean;
  readonly observer: boolean;
}

/** What a group asks of the rest of the daemon. */
export interface GroupPorts {
  publish(group: Group, publication: Publication, urgent: boolean): void;
  command(group: Group, command: Command): void;
  request(group: Group, request: GroupRequest): void;
  drain(group: Group): void;
  peers(group: Group, peers: readonly { readonly id: HostId; readonly addresses: readonly HostId[] }[]): void;
  network(
    group: Group,
    kind: 'prepare' | 'add' | 'remove' | 'announce' | 'probe',
    addresses: readonly ServiceAddress[],
  ): void;
  handOver(group: Group, addresses: readonly HandedOver[]): void;
  runScript(group: Group, action: 'acquire' | 'release', address: ServiceAddress, reason: string): void;
  cancelScript(group: Group, address: ServiceAddress): void;
  zone(group: Group, task: ZoneTask): void;
  record(group: Group, effect: RecordEffect): void;
  left(group: Group): void;
  /** A step was taken; its effects are about to be carried out (R53). */
  stepped(group: Group, events: readonly Event[], effects: readonly Effect[], now: Instant): void;
  /** And now they have been. */
  performed(group: Group, events: readonly Event[]): void;
  now(): Instant;
  /** Rings at moments of `now`. */
  alarm(ring: () => void): BootAlarm;
  chance(): number;
}

/** An address, and the MAC of the host that takes it over (R55). */
export type HandedOver = Pick<Extract<Effect, { kind: 'hand-over' }>, 'address' | 'hardwareAddress'>;

export type OperatorAnswer = { readonly error: string } | { readonly done: readonly string[] };

const networkKinds = {
  prepare: 'prepare',
  configure: 'add',
  deconfigure: 'remove',
  announce: 'announce',
} as const;

type BatchKind = keyof typeof networkKinds | 'hand-over' | 'probe';
type BatchEffect = Extract<Effect, { kind: BatchKind }>;

/** Milliseconds between two ticks at the least: whatever is due, messages are read in between. */
const SHORTEST_WAIT = 0.2;

export class Group {
  readonly monitor: ServiceMonitor;
  /** What the heartbeats carry at present, to be said again to a new heartbeat process. */
  publication: Publication | null = null;
  private readonly ports: GroupPorts;
  private readonly tickets = new Map<number, (answer: OperatorAnswer) => void>();
  private nextTicket = 1;
  private readonly alarm: BootAlarm;
  /** When the alarm rings: no later than the next deadline. */
  private armed: Instant = NO_DEADLINE;
  private readonly posted: Event[] = [];
  private isClosed = false;

  /** `monitor`: of an earlier control process, whose work is gone on with. */
  constructor(settings: MonitorSettings, ports: GroupPorts, monitor?: ServiceMonitor) {
    this.ports = ports;
    this.monitor = monitor ?? createMonitor(settings, ports.now());
    this.alarm = ports.alarm(() => {
      this.armed = NO_DEADLINE;
      this.step({ kind: 'tick' });
    });
  }

  get name(): string {
    return this.monitor.settings.group;
  }

  /**
   * An event that came over a channel. What waits in the channels is taken out first and then decided on together: a
   * host that is busy must not fall further behind by deciding anew at each message.
   */
  post(...events: readonly Event[]): void {
    if (this.posted.length === 0)
      setImmediate(() => {
        if (this.posted.length > 0) this.step();
      });
    this.posted.push(...events);
  }

  /** Decides at once, on what was posted before as well. */
  step(...events: readonly Event[]): void {
    if (this.isClosed) return;
    const all = [...this.posted.splice(0), ...events];
    const now = this.ports.now();
    const effects = step(this.monitor, all, now, this.ports.chance());
    this.ports.stepped(this, all, effects, now);
    this.perform(effects);
    this.ports.performed(this, all);
    this.rearm();
  }

  /** An operator's request; `answer` is called once. */
  ask(request: GroupRequest, answer: (answer: OperatorAnswer) => void): void {
    if (this.monitor.phase === 'left') {
      answer({ error: this.goneSentence });
      return;
    }
    const ticket = this.nextTicket++;
    this.tickets.set(ticket, answer);
    this.step({ kind: 'operator', ticket, request });
  }

  /** No more steps: the group is gone. */
  close(): void {
    this.isClosed = true;
    this.alarm.close();
  }

  private rearm(): void {
    const deadline = nextDeadline(this.monitor);
    if (deadline === this.armed || deadline === NO_DEADLINE) return;
    this.armed = deadline;
    this.alarm.set(later(deadline, after(this.ports.now(), SHORTEST_WAIT)));
  }

  /** In order; what the network process is asked of one kind in a row becomes one batch. */
  private perform(effects: readonly Effect[]): void {
    let batch: BatchEffect[] = [];
    const flush = (): void => {
      this.performBatch(batch);
      batch = [];
    };
    for (const effect of effects) {
      if (isForBatch(effect)) {
        if (batch[0]?.kind !== effect.kind) flush();
        batch.push(effect);
      } else {
        if (effect.kind !== 'record') flush();
        this.performOther(effect);
      }
    }
    flush();
  }

  /** All of one kind. */
  private performBatch(batch: readonly BatchEffect[]): void {
    const kind = batch[0]?.kind;
    if (kind === undefined) return;
    if (kind === 'hand-over')
      this.ports.handOver(
        this,
        batch.flatMap((effect) => (effect.kind === 'hand-over' ? [effect] : [])),
      );
    // Of a thousand addresses that were ordered each may have its own question (R61).
    else if (kind === 'probe') this.ports.network(this, kind, batch.flatMap(addressesIn));
    else this.ports.network(this, networkKinds[kind], batch.flatMap(addressesIn));
  }

  private performOther(effect: Exclude<Effect, { kind: BatchKind }>): void {
    const { ports } = this;
    switch (effect.kind) {
      case 'publish':
        this.publication = { information: effect.information, term: effect.term, ...effect.flags };
        ports.publish(this, this.publication, effect.urgent);
        return;
      case 'command':
        ports.command(this, effect.command);
        return;
      case 'request':
        ports.request(this, effect.request);
        return;
      case 'drain':
        ports.drain(this);
        return;
      case 'peers':
        ports.peers(this, effect.peers);
        return;
      case 'run-script':
        ports.runScript(this, effect.action, effect.address, effect.reason);
        return;
      case 'cancel-script':
        ports.cancelScript(this, effect.address);
        return;
      case 'zone':
        ports.zone(this, { kind: 'keep', addresses: effect.addresses });
        return;
      case 'watch-zone':
        ports.zone(this, { kind: 'watch' });
        return;
      case 'leave-zone':
        ports.zone(this, { kind: 'leave' });
        return;
      case 'record':
        ports.record(this, effect);
        return;
      case 'reply':
        this.answer(effect.ticket, effect.error === null ? { done: effect.done } : { error: effect.error });
        return;
      case 'left':
        for (const ticket of [...this.tickets.keys()]) this.answer(ticket, { error: this.goneSentence });
        ports.left(this);
        return;
    }
  }

  private get goneSentence(): string {
    return `${this.name}: this host has left the group`;
  }

  private answer(ticket: number, answer: OperatorAnswer): void {
    const waiting = this.tickets.get(ticket);
    this.tickets.delete(ticket);
    waiting?.(answer);
  }
}

const isForBatch = (effect: Effect): effect is BatchEffect =>
  effect.kind === 'hand-over' || effect.kind === 'probe' || effect.kind in networkKinds;

const addressesIn = (effect: BatchEffect): readonly ServiceAddress[] =>
  effect.kind === 'probe' ? effect.addresses : [effect.address];
