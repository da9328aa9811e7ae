// The simulated farm as a whole: the hosts, the networks between them, virtual time, and those who watch.

import type { HostId, ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import { ControlNetworks } from './control-networks.js';
import type { Core } from './core-under-test.js';
import type { Driver } from './driver.js';
import { Host } from './host.js';
import type { MoveMessage } from './move-messages.js';
import { NameServer } from './name-server.js';
import { Random } from './random.js';
import type { GroupScenario, Scenario } from './scenario.js';
import { ServiceNetwork } from './service-network.js';
import { Timeline } from './timeline.js';

/** What befell a host, as far as it matters for what may be asked of it. */
export type Disturbance = 'off' | 'crash' | 'role' | 'stall' | 'pause' | 'wake' | 'slow';

/** Somebody who looks on; every part is optional. */
export interface Observer {
  onMonitorCreated?(driver: Driver): void;
  beforeStep?(driver: Driver, events: readonly Event[]): void;
  afterStep?(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void;
  /** An address came onto a host's interface or left it. */
  onHolding?(host: Host, address: ServiceAddress): void;
  /** Who reaches whom on the service network, or answers there at all, has changed. */
  onReachChanged?(): void;
  onDisturbed?(host: Host, disturbance: Disturbance): void;
  /** A message of a planned move reaches nobody (R55). */
  onMessageLost?(message: MoveMessage): void;
  /** A line for people. */
  onNews?(text: string): void;
}

/** Something that is wrong with a network now, or was until lately. */
export class Trouble {
  private active = 0;
  private endedAt = -Infinity;

  begin(): void {
    this.active += 1;
  }

  end(now: number): void {
    this.active -= 1;
    this.endedAt = now;
  }

  /** The last moment of it: now, if it goes on. */
  lastAt(now: number): number {
    return this.active > 0 ? now : this.endedAt;
  }
}

export class World {
  readonly scenario: Scenario;
  readonly core: Core;
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly hosts: Host[];
  readonly networks: ControlNetworks;
  readonly service: ServiceNetwork;
  readonly nameServer = new NameServer();
  readonly observers: Observer[] = [];
  /** Cuts and bad weather on the control networks; splits, cables and losses on the service network. */
  readonly controlTrouble = new Trouble();
  readonly serviceTrouble = new Trouble();
  private readonly ids: HostId[];
  private readonly byId: ReadonlyMap<HostId, Host>;

  constructor(scenario: Scenario, core: Core) {
    this.scenario = scenario;
    this.core = core;
    this.random = new Random(scenario.seed ^ 0x5eed);
    this.networks = new ControlNetworks(this, this.random.fork());
    this.service = new ServiceNetwork(this, this.random.fork());
    this.hosts = scenario.hosts.map((host, index) => new Host(this, index, host, this.random.fork()));
    this.ids = this.hosts.map(({ id }) => id);
    this.byId = new Map(this.hosts.map((host) => [host.id, host]));
    for (const [index, { bootAt }] of scenario.hosts.entries())
      this.timeline.at(bootAt, () => {
        this.news(`${this.idOf(index)} is switched on`);
        this.hosts[index]?.boot();
      });
  }

  get now(): number {
    return this.timeline.now;
  }

  idOf(index: number): HostId {
    return this.ids[index] as HostId;
  }

  host(index: number): Host {
    return this.hosts[index] as Host;
  }

  hostOf(id: HostId): Host | undefined {
    return this.byId.get(id);
  }

  groupOf(group: number): GroupScenario {
    return this.scenario.groups[group] as GroupScenario;
  }

  address(text: string): ServiceAddress {
    const address = this.core.parseAddress(text);
    if (address === null) throw new Error(`${text} is no address`);
    return address;
  }

  news(text: string): void {
    for (const observer of this.observers) observer.onNews?.(text);
  }

  onMonitorCreated(driver: Driver): void {
    for (const observer of this.observers) observer.onMonitorCreated?.(driver);
  }

  beforeStep(driver: Driver, events: readonly Event[]): void {
    for (const observer of this.observers) observer.beforeStep?.(driver, events);
  }

  afterStep(driver: Driver, events: readonly Event[], effects: readonly Effect[]): void {
    for (const observer of this.observers) observer.afterStep?.(driver, events, effects);
  }

  onHolding(host: Host, address: ServiceAddress): void {
    for (const observer of this.observers) observer.onHolding?.(host, address);
  }

  onReachChanged(): void {
    for (const observer of this.observers) observer.onReachChanged?.();
  }

  onMessageLost(message: MoveMessage): void {
    for (const observer of this.observers) observer.onMessageLost?.(message);
  }

  onDisturbed(host: Host, disturbance: Disturbance): void {
    for (const observer of this.observers) observer.onDisturbed?.(host, disturbance);
  }

  /** A control process knows nothing of the tests until they have run. */
  onControlStarted(host: Host): void {
    this.timeline.after(host.random.between(1, 30), () => {
      host.tellTest();
    });
  }
}
