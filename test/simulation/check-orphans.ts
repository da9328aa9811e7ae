// Orphans end on time (R32): not while their preferred host lives or was heard within the orphan timeout, and not much
// later than that timeout. Looked at from outside: who prefers what is known of every host, whoever hears it.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import { Violation } from './violation.js';
import type { Observer, World } from './world.js';

interface Life {
  readonly since: number;
  last: number;
  /** The end of the last life before that the others heard of; −∞: there was none. */
  readonly before: number;
}

/** One that was too short is not heard by everybody: of a host that came back in the last moment, or woke just to lose power. */
const heardUntil = ({ since, last, before }: Life, timeout: number): number =>
  last - since < 2 * timeout ? before : last;

export class OrphanCheck implements Observer {
  /** The last time that some host gave up an orphan. */
  lastAt = -Infinity;
  private readonly world: World;
  /** By group and address: when a host that prefers it last made a step, and could be heard, and its life before this one. */
  private readonly preferredAt: Map<ServiceAddress, Life>[];
  /** When a monitor became a member. */
  private readonly memberSince = new WeakMap<Driver, number>();

  constructor(world: World) {
    this.world = world;
    this.preferredAt = world.scenario.groups.map(() => new Map<ServiceAddress, Life>());
  }

  afterStep(driver: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    const { monitor, group, host } = driver;
    const { now } = this.world;
    const speaks = host.daemon?.heartbeat?.isRunning === true;
    if (monitor.phase === 'member' && !this.memberSince.has(driver)) this.memberSince.set(driver, now);
    if (speaks && monitor.phase !== 'starting')
      for (const address of monitor.settings.preferred) this.noteLife(group, address, now);
    for (const effect of effects)
      if (effect.kind === 'record' && effect.event === 'expired') this.onExpired(driver, effect.address);
  }

  private noteLife(group: number, address: ServiceAddress, now: number): void {
    const lives = this.preferredAt[group];
    const life = lives?.get(address);
    const { timeout } = this.world.groupOf(group);
    if (life === undefined) lives?.set(address, { since: now, last: now, before: -Infinity });
    else if (now - life.last < timeout) life.last = now;
    else lives?.set(address, { since: now, last: now, before: heardUntil(life, timeout) });
  }

  private onExpired({ group, monitor }: Driver, address: ServiceAddress | null): void {
    const { now, controlTrouble } = this.world;
    this.lastAt = now;
    const { orphanTimeout, timeout } = this.world.groupOf(group);
    const life = address === null ? undefined : this.preferredAt[group]?.get(address);
    const livedAt = life === undefined ? undefined : heardUntil(life, timeout);
    // A host that could not be heard is no different from a dead one; those who were away then know what they wrote down before.
    if (livedAt === undefined || controlTrouble.lastAt(now) > livedAt - 2 * timeout) return;
    if (!this.hasWitness(group, livedAt)) return;
    if (now - livedAt < orphanTimeout - 2 * timeout)
      throw new Violation(
        'orphan expired early',
        `${monitor.settings.id} gives ${String(address)} up, whose host lived ${(now - livedAt).toFixed(0)} ms ago`,
      );
  }

  /** Somebody who lives has been a member since. */
  private hasWitness(group: number, since: number): boolean {
    return this.world.hosts.some((host) => {
      const driver = host.daemon?.control?.drivers.find((each) => each.group === group);
      return driver !== undefined && (this.memberSince.get(driver) ?? Infinity) < since;
    });
  }

  /** In calm: an orphan whose host has been gone for the whole timeout and `bound` is served by nobody. */
  check(bound: number): void {
    const { now, hosts } = this.world;
    // What a host remembers by a clock that was put back counts from when it told it (R15).
    const rejuvenatedAt = Math.max(...hosts.map(({ addresses }) => addresses.rejuvenatedAt));
    for (const host of hosts)
      for (const { group, monitor } of host.daemon?.control?.drivers ?? [])
        for (const { address, phase } of monitor.local.values()) {
          const livedAt = Math.max(this.preferredAt[group]?.get(address)?.last ?? -Infinity, rejuvenatedAt);
          const { orphanTimeout } = this.world.groupOf(group);
          if (phase === 'online' && now - livedAt > orphanTimeout + bound)
            throw new Violation(
              'orphan served too long',
              `${host.id} serves ${address} ${(now - livedAt).toFixed(0)} ms after its host was gone`,
            );
        }
  }
}
