// One service monitor of a simulated host: the same `step`, through the same encoding and decoding, as in production
// (src/control/group.ts and heartbeat-link.ts).

import { sortAddresses, type Address, type HostId, type ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { HostInformation } from '../../src/core/host-information.js';
import type { ServiceMonitor } from '../../src/core/monitor.js';
import { answerSpan, type MonitorSettings, type ZoneSettings } from '../../src/core/settings.js';
import { milliseconds, NO_DEADLINE, type Instant } from '../../src/core/time.js';
import type { ControlProcess } from './control-process.js';
import type { Core } from './core-under-test.js';
import { pieceBody, type Frame } from './frame.js';
import type { Host } from './host.js';
import type { Publication } from './heartbeat-process.js';
import { MoveNews } from './move-messages.js';
import type { GroupScenario, MembershipScenario } from './scenario.js';
import type { Appointment } from './timeline.js';

const networkWork = {
  prepare: 'prepare',
  configure: 'add',
  deconfigure: 'remove',
  'hand-over': 'remove',
} as const;

/** Milliseconds, as src/control/group.ts. */
const SHORTEST_WAIT = 0.2;
/** … and from the moment at which its alarm rings until the process has the processor. */
const LATENESS = [0.02, 0.3] as const;
const STILL_LATENESS = 0.1;

export class Driver {
  readonly group: number;
  readonly control: ControlProcess;
  readonly host: Host;
  readonly monitor: ServiceMonitor;
  readonly isInherited: boolean;
  /** What it published last of itself. */
  lastSaid: HostInformation | null = null;
  /** A drain is asked for and not yet answered. */
  draining = false;
  private readonly core: Core;
  private readonly settings: MonitorSettings;
  private readonly moveNews = new MoveNews();
  private assembler: InstanceType<Core['Assembler']>;
  private publication: (Publication & { readonly snapshot: Buffer }) | null = null;
  private version: number;
  private timer: Appointment | null = null;
  /** When the timer rings: no later than the next deadline. */
  private armed: Instant = NO_DEADLINE;
  private readonly posted: Event[] = [];

  /** `inherited`: of a control process before this one, whose work is gone on with. */
  constructor(control: ControlProcess, membership: MembershipScenario, inherited: ServiceMonitor | null) {
    this.group = membership.group;
    this.control = control;
    this.host = control.host;
    this.core = this.host.world.core;
    this.assembler = new this.core.Assembler();
    this.settings = settingsOf(this.host, membership);
    this.isInherited = inherited !== null;
    this.monitor = inherited ?? this.core.createMonitor(this.settings, control.clock());
    this.version = Math.floor(control.clock());
    this.host.world.onMonitorCreated(this);
  }

  /** As Control.begin and AddressMemory.recall. */
  begin(): void {
    const { core, monitor } = this;
    if (this.isInherited)
      this.step([...core.settingsEvents(monitor, this.settings), ...core.lostScripts(monitor)]);
    // R44: of an operator, who spoke to the process before this one.
    const { memory } = this.host;
    if (memory !== null && memory.isQuiesced !== monitor.quiesced)
      this.step([{ kind: memory.isQuiesced ? 'quiesce' : 'resume' }]);
    const remembered = this.host.addresses.recall(this.group);
    if (remembered.length > 0) this.step(remembered);
  }

  /** As Group.post: what came over a channel is decided on with what waits beside it. */
  post(...events: readonly Event[]): void {
    this.posted.push(...events);
    if (!this.control.isTakingOut) this.decide();
  }

  /** On what was posted, if there is any. */
  decide(): void {
    if (this.posted.length > 0) this.step([]);
  }

  /** At once, on what was posted before as well. */
  step(more: readonly Event[]): void {
    const { world } = this.host;
    const events = [...this.posted.splice(0), ...more];
    world.beforeStep(this, events);
    const effects = this.core.step(this.monitor, events, this.control.clock(), this.host.chance());
    world.afterStep(this, events, effects);
    this.host.memory?.onStep(this, events, effects);
    this.perform(effects);
    this.rearm();
  }

  onHeartbeatAttached(): void {
    this.assembler = new this.core.Assembler();
    if (this.publication !== null) this.publish(this.publication, true);
    this.step([{ kind: 'listening' }]);
  }

  onFrame(frame: Frame, at: number): void {
    const event = this.eventOf(frame, at);
    if (event !== null) this.post(event);
  }

  onDrained(): void {
    this.draining = false;
    this.post({ kind: 'drained' });
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private eventOf(frame: Frame, at: number): Event | null {
    const { core, host } = this;
    const from = host.world.idOf(frame.host);
    const body = frame.body ?? Buffer.alloc(0);
    switch (frame.type) {
      case 'information': {
        if (frame.piece === null) return null;
        const receivedAt = host.instantAt(at);
        const { incarnation } = frame;
        const whole = this.assembler.add({
          hostId: from,
          incarnation,
          receivedAt,
          body: pieceBody(frame.piece),
        });
        return whole === null ? null : { kind: 'information', incarnation, ...whole };
      }
      case 'acquire':
      case 'prepare':
      case 'release': {
        const command = core.decodeCommand(frame.type, body);
        return { kind: 'command', from, sequence: BigInt(frame.sequence), at: host.instantAt(at), command };
      }
      case 'request':
        return { kind: 'request', from, request: core.decodeRequest(body) };
    }
  }

  /** In order; what network is asked of one kind in a row becomes one batch. */
  private perform(effects: readonly Effect[]): void {
    let kind: keyof typeof networkWork | null = null;
    let batch: ServiceAddress[] = [];
    const flush = (): void => {
      if (kind !== null) this.work(networkWork[kind], batch);
      kind = null;
      batch = [];
    };
    for (const effect of effects) {
      if (isNetworkWork(effect)) {
        if (kind !== effect.kind) flush();
        kind = effect.kind;
        batch.push(effect.address);
      } else {
        if (effect.kind !== 'record') flush();
        this.performOther(effect);
      }
    }
    flush();
  }

  private work(work: 'prepare' | 'add' | 'remove', addresses: readonly ServiceAddress[]): void {
    const placed = addresses.map((address) => ({ group: this.group, address }));
    const { now } = this.host.world;
    const { heard } = this.control;
    this.control.askNetwork((network) => {
      network[work](placed, now, heard);
    });
  }

  private performOther(effect: Exclude<Effect, { kind: keyof typeof networkWork }>): void {
    const { control, core, group } = this;
    switch (effect.kind) {
      case 'publish': {
        this.lastSaid = effect.information.host;
        const snapshot = core.encodeSnapshot(effect.information);
        if (this.publication === null || !snapshot.equals(this.publication.snapshot)) this.version += 1;
        const moves = this.moveNews.in(effect.information.host);
        this.publish(
          { term: effect.term, ...effect.flags, version: this.version, snapshot, moves },
          effect.urgent,
        );
        this.host.addresses.note(this);
        return;
      }
      case 'command': {
        const { action } = effect.command;
        for (const body of core.encodeCommand(effect.command)) this.send(action, body);
        return;
      }
      case 'request':
        this.send('request', core.encodeRequest(effect.request));
        return;
      case 'drain':
        this.drain();
        return;
      case 'announce':
        control.askNetwork((network) => {
          network.announce([effect.address]);
        });
        return;
      case 'probe':
        control.askNetwork((network) => {
          network.probe(group, effect.addresses, control.clock(), answerSpan(this.monitor.settings.timeout));
        });
        return;
      case 'run-script': {
        const { action, address } = effect;
        control.runScript({ group, action, address });
        return;
      }
      case 'cancel-script':
        control.cancelScript(group, effect.address);
        return;
      case 'left':
        control.after(0.1, () => {
          control.onGroupLeft();
        });
        return;
      case 'zone':
        control.keepZone(group, { kind: 'keep', addresses: effect.addresses });
        return;
      case 'watch-zone':
        control.keepZone(group, { kind: 'watch' });
        return;
      case 'leave-zone':
        control.keepZone(group, null);
        return;
      case 'peers':
      case 'reply':
      case 'record':
        return;
    }
  }

  private send(type: Exclude<Frame['type'], 'information'>, body: Uint8Array): void {
    this.control.askHeartbeat((heartbeat) => {
      heartbeat.command(this.group, type, body);
    });
  }

  private publish(publication: Publication & { readonly snapshot: Buffer }, urgent: boolean): void {
    this.publication = publication;
    this.control.askHeartbeat((heartbeat, arrived) => {
      heartbeat.publish(this.group, publication, urgent, arrived);
    });
  }

  private drain(): void {
    this.draining = true;
    this.control.askHeartbeat((heartbeat) => {
      heartbeat.sync(() => {
        this.control.onSynced(this.group);
      });
    });
  }

  /** As src/control/group.ts: set anew where the deadline is another. */
  private rearm(): void {
    const deadline = this.core.nextDeadline(this.monitor);
    if (deadline === this.armed || deadline === NO_DEADLINE) return;
    this.close();
    this.armed = deadline;
    const lateness = this.control.isStill ? STILL_LATENESS : this.host.random.between(...LATENESS);
    const delay = Math.max(SHORTEST_WAIT, deadline - this.control.clock()) + lateness;
    // Before time decides anything by itself the leap ends: see Leaper.
    this.timer = this.control.after(
      delay,
      () => {
        this.control.handle(() => {
          this.armed = NO_DEADLINE;
          this.step([{ kind: 'tick' }]);
        });
      },
      true,
    );
  }
}

const isNetworkWork = (effect: Effect): effect is Extract<Effect, { kind: keyof typeof networkWork }> =>
  effect.kind in networkWork;

function zoneSettings({ dns }: MembershipScenario, { name, zone }: GroupScenario): ZoneSettings | null {
  if (!dns || zone === null) return null;
  const names = { zone: 'example.org', name: `${name}.example.org` };
  return { ...zone, ...names, interval: milliseconds(zone.interval) };
}

/** What one host is told of a group, with what the faults have changed of it. */
export function settingsOf(host: Host, membership: MembershipScenario): MonitorSettings {
  const { world } = host;
  const group = world.groupOf(membership.group);
  const { preferred, observer, changes } = host.settingsOf(membership);
  return {
    group: group.name,
    id: host.id,
    controlAddresses: host.controlAddresses as readonly Address[] as readonly HostId[],
    serviceInterface: 'svc0',
    preferred: sortAddresses(preferred.map((text) => world.address(text))),
    observer,
    interval: milliseconds(group.interval),
    timeout: milliseconds(group.timeout),
    joinSpan: milliseconds(group.timeout),
    orphanTimeout: milliseconds(group.orphanTimeout),
    failBack: group.failBack === 'never' ? 'never' : milliseconds(group.failBack),
    assign: group.assign,
    waterMarks: group.waterMarks,
    dns: zoneSettings(membership, group),
    partition: group.partition,
    fenced: group.fence,
    acquireScript: group.acquireScript,
    releaseScript: group.releaseScript,
    tests: ['http'],
    ...changes,
  };
}
