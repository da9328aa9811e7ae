// No two hosts answer for one address, but where the schedule of faults makes it unavoidable, and then no longer than the
// bound that is stated here.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Host } from './host.js';
import { VALID, VALID_LATENESS } from './kernel.js';
import { SCRIPT_TIMEOUT } from './scripts-process.js';
import type { GroupScenario } from './scenario.js';
import { Violation } from './violation.js';
import type { Disturbance, Observer, World } from './world.js';

/**
 * Two hosts that do not hear each other on the control networks may take one free address within one round of questions;
 * each hears the other's announcement, and one of them gives up.
 */
const SETTLING_ALONE = 25;
/** … or, where one does not know the other for a member, the other after this share of the timeout. */
const KNOWING_SHARE = 0.65;

/** A host that wakes needs this long until its network process has removed what is no longer its own. */
const WAKING = 5;

interface Overlap {
  readonly a: Host;
  readonly b: Host;
  readonly since: number;
  /** They were cut off from each other on both networks when it began, or shortly before. */
  readonly isPartition: boolean;
}

/** So long after the last trouble two hosts may still hold an address: to hear each other, decide, and release it. */
export const resolutionBound = ({ timeout, interval, releaseScript }: GroupScenario): number =>
  6 * timeout + 10 * interval + (releaseScript ? SCRIPT_TIMEOUT + 100 : 0) + 100;

export class HolderCheck implements Observer {
  private readonly world: World;
  private readonly groupOf = new Map<ServiceAddress, GroupScenario>();
  private readonly overlaps = new Map<string, Overlap>();
  private readonly disturbedAt = new Map<Host, number>();
  private readonly wokeAt = new Map<Host, number>();
  /** When its daemon died last, or a role of it. */
  private readonly diedAt = new Map<Host, number>();
  /** Overlaps that were excused, and the longest of them. */
  excused = 0;
  longest = 0;

  constructor(world: World) {
    this.world = world;
  }

  onDisturbed(host: Host, disturbance: Disturbance): void {
    const { now } = this.world;
    this.disturbedAt.set(host, now);
    if (disturbance === 'wake') this.wokeAt.set(host, now);
    if (disturbance === 'crash' || disturbance === 'role') this.diedAt.set(host, now);
  }

  onHolding(_host: Host, address: ServiceAddress): void {
    this.check(address);
  }

  onReachChanged(): void {
    const held = new Set(this.world.hosts.flatMap((host) => host.kernel.all()));
    for (const address of held) this.check(address);
  }

  private check(address: ServiceAddress): void {
    const holders = this.world.hosts.filter((host) => host.answersFor(address));
    this.endOverlaps(address);
    for (const [index, a] of holders.entries())
      for (const b of holders.slice(index + 1))
        if (this.world.service.connects(a, b)) this.begin(address, a, b);
  }

  private begin(address: ServiceAddress, a: Host, b: Host): void {
    const key = `${address} ${a.id} ${b.id}`;
    if (this.overlaps.has(key)) return;
    const { now } = this.world;
    const group = this.group(address);
    const isPartition = Math.min(...this.lastTroubles(group, a, b)) + resolutionBound(group) > now;
    const overlap = { a, b, since: now, isPartition };
    this.overlaps.set(key, overlap);
    this.excused += 1;
    this.judge(address, key, overlap);
  }

  private judge(address: ServiceAddress, key: string, overlap: Overlap): void {
    if (this.overlaps.get(key) !== overlap) return;
    const until = this.excusedUntil(address, overlap);
    const { a, b, since } = overlap;
    if (until <= this.world.now) {
      const span = (this.world.now - since).toFixed(1);
      throw new Violation(
        'two holders',
        `${a.id} and ${b.id} both hold ${address}, since ${span} ms, without excuse`,
      );
    }
    this.world.timeline.at(until, () => {
      this.judge(address, key, overlap);
    });
  }

  private excusedUntil(address: ServiceAddress, overlap: Overlap): number {
    const { a, b } = overlap;
    const group = this.group(address);
    return Math.max(
      this.wakingUntil(a),
      this.wakingUntil(b),
      this.partitionedUntil(group, overlap),
      group.partition === 'ignore'
        ? Math.max(this.lifetimeEnd(a), this.lifetimeEnd(b))
        : this.aloneUntil(group, overlap),
      knows(b, a) ? -Infinity : this.lifetimeEnd(a),
      knows(a, b) ? -Infinity : this.lifetimeEnd(b),
    );
  }

  /**
   * Cut off on the control networks and on the service network as well: unavoidable until they hear each other again.
   * Once it has come to that, it lasts until both are whole.
   */
  private partitionedUntil(group: GroupScenario, { a, b, isPartition }: Overlap): number {
    return isPartition ? Math.max(...this.lastTroubles(group, a, b)) + resolutionBound(group) : -Infinity;
  }

  /** As long as they cannot hear each other they settle it by announcements; then a leader does. */
  private aloneUntil(group: GroupScenario, { a, b, since }: Overlap): number {
    const { networks, now } = this.world;
    const control = this.world.controlTrouble.lastAt(now);
    if (control + resolutionBound(group) <= since) return -Infinity;
    const hearEachOther = networks.carries(a.index, b.index) && networks.carries(b.index, a.index);
    if (hearEachOther) return Math.max(since, control) + resolutionBound(group);
    // Announcements may be lost as well.
    const service = this.world.serviceTrouble.lastAt(now) + resolutionBound(group);
    if (service > now) return service;
    if (a.isHindered || b.isHindered) return now + 5;
    return since + SETTLING_ALONE + KNOWING_SHARE * group.timeout + a.handicap + b.handicap;
  }

  /** When two hosts last had a reason not to hear each other, and one not to get an answer. */
  private lastTroubles({ partition }: GroupScenario, a: Host, b: Host): [control: number, service: number] {
    const { controlTrouble, serviceTrouble, now } = this.world;
    const control = Math.max(controlTrouble.lastAt(now), this.lastMute(a), this.lastMute(b));
    // Where nobody asks (R61) nothing but the control networks counts.
    return [control, partition === 'ignore' ? control : serviceTrouble.lastAt(now)];
  }

  /** When its daemon last did not say that it lives, or not in time. */
  private lastMute(host: Host): number {
    return host.isHindered || host.handicap > 0 ? this.world.now : (this.disturbedAt.get(host) ?? -Infinity);
  }

  /** A host that was paused answers again at once; without a daemon, until the lifetimes of its addresses end. */
  private wakingUntil(host: Host): number {
    const woke = this.wokeAt.get(host) ?? -Infinity;
    const wasDead = (this.diedAt.get(host) ?? -Infinity) > woke - VALID - VALID_LATENESS;
    return woke + (wasDead ? VALID + VALID_LATENESS : WAKING);
  }

  private lifetimeEnd(host: Host): number {
    return (this.diedAt.get(host) ?? -Infinity) + VALID + VALID_LATENESS;
  }

  private group(address: ServiceAddress): GroupScenario {
    const known = this.groupOf.get(address);
    if (known !== undefined) return known;
    const { hosts, groups } = this.world.scenario;
    for (const { memberships } of hosts)
      for (const { group, preferred } of memberships)
        for (const text of preferred) {
          const scenario = groups[group];
          if (scenario !== undefined) this.groupOf.set(this.world.address(text), scenario);
        }
    return this.groupOf.get(address) ?? this.world.groupOf(0);
  }

  private endOverlaps(address: ServiceAddress): void {
    for (const [key, { a, b, since }] of this.overlaps) {
      if (!key.startsWith(`${address} `)) continue;
      if (a.answersFor(address) && b.answersFor(address) && this.world.service.connects(a, b)) continue;
      this.overlaps.delete(key);
      this.longest = Math.max(this.longest, this.world.now - since);
    }
  }
}

/**
 * Whether some monitor of a host knows the other for a member. A host that came after another's daemon was killed takes its
 * answers for a stranger's, which is no reason to wait (R61), until the lifetime of its addresses ends (R52).
 */
const knows = (host: Host, other: Host): boolean =>
  (host.daemon?.control?.drivers ?? []).some(
    ({ monitor }) => (monitor.peers.get(other.id)?.information ?? null) !== null,
  );
