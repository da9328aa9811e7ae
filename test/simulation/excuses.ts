// When two hosts may hold one address all the same, and for how long: the bounds that README states, each with its cause.
// There is no other excuse.

import type { Host } from './host.js';
import { VALID, VALID_LATENESS } from './kernel.js';
import { SCRIPT_TIMEOUT } from './scripts-process.js';
import type { GroupScenario } from './scenario.js';
import type { Disturbance, Observer, World } from './world.js';

/** Both hold it, and their kernels answer for it on one network. */
export interface Overlap {
  readonly a: Host;
  readonly b: Host;
  readonly since: number;
  /** They were cut off from each other on both networks when it began, or shortly before. */
  readonly isPartition: boolean;
}

/**
 * Two hosts that do not hear each other on the control networks may take one free address within one round of questions;
 * each hears the other's announcement, and one of them gives up.
 */
const SETTLING_ALONE = 25;
/** … or, where one does not know the other for a member, the other after this share of the timeout. */
const KNOWING_SHARE = 0.65;

/** An excuse that stands for as long as its cause is looked at anew after this long. */
const RENEWED = 5;

/** A host that wakes needs this long until its network process has removed what is no longer its own. */
const WAKING = 5;

/** So long after the last trouble two hosts may still hold an address: to hear each other, decide, and release it. */
export const resolutionBound = ({ timeout, interval, releaseScript }: GroupScenario): number =>
  6 * timeout + 10 * interval + (releaseScript ? SCRIPT_TIMEOUT + 100 : 0) + 100;

export class Excuses implements Observer {
  private readonly world: World;
  private readonly disturbedAt = new Map<Host, number>();
  private readonly pausedAt = new Map<Host, number>();
  private readonly wokeAt = new Map<Host, number>();
  /** When its daemon died last, or a role of it. */
  private readonly diedAt = new Map<Host, number>();

  constructor(world: World) {
    this.world = world;
  }

  onDisturbed(host: Host, disturbance: Disturbance): void {
    const { now } = this.world;
    this.disturbedAt.set(host, now);
    if (disturbance === 'pause') this.pausedAt.set(host, now);
    if (disturbance === 'wake') this.wokeAt.set(host, now);
    if (disturbance === 'crash' || disturbance === 'role') this.diedAt.set(host, now);
  }

  isPartition(group: GroupScenario, a: Host, b: Host): boolean {
    return Math.min(...this.lastTroubles(group, a, b)) + resolutionBound(group) > this.world.now;
  }

  until(group: GroupScenario, overlap: Overlap): number {
    const { a, b } = overlap;
    return Math.max(
      this.partitionedUntil(group, overlap),
      group.partition === 'ignore' ? -Infinity : this.aloneUntil(group, overlap),
      group.fence ? -Infinity : this.unfencedUntil(group, a, b),
    );
  }

  /** Without the fence a host answers for what its dead or waking daemon has left on the interface. */
  private unfencedUntil(group: GroupScenario, a: Host, b: Host): number {
    const isAsked = group.partition === 'probe';
    return Math.max(
      this.wakingUntil(a),
      this.wakingUntil(b),
      isAsked && knows(b, a, group) ? -Infinity : this.lifetimeEnd(a),
      isAsked && knows(a, b, group) ? -Infinity : this.lifetimeEnd(b),
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
    if (a.isHindered || b.isHindered) return now + RENEWED;
    // Both were started while the control networks were cut: each takes the other for a machine that is no member.
    if (!knows(a, b, group) && !knows(b, a, group)) return now + RENEWED;
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

  /**
   * A host that was paused answers again at once; without a daemon, until the lifetimes of its addresses end, which stood still
   * with it.
   */
  private wakingUntil(host: Host): number {
    const woke = this.wokeAt.get(host) ?? -Infinity;
    const paused = this.pausedAt.get(host) ?? -Infinity;
    const wasDead = (this.diedAt.get(host) ?? -Infinity) > paused - VALID - VALID_LATENESS;
    const longest = woke + VALID + VALID_LATENESS;
    // Whose network process is stopped as well removes nothing before that goes on; README says so of SIGSTOP.
    if (host.daemon?.network?.isRunning === false) return Math.min(longest, this.world.now + WAKING);
    return wasDead ? longest : woke + WAKING;
  }

  private lifetimeEnd(host: Host): number {
    return (this.diedAt.get(host) ?? -Infinity) + VALID + VALID_LATENESS;
  }
}

/**
 * Whether a host's monitor of the group knows the other for a member. A host that came after another's daemon was killed takes its
 * answers for a stranger's, which is no reason to wait (R61), until the lifetime of its addresses ends (R52).
 */
const knows = (host: Host, other: Host, { name }: GroupScenario): boolean =>
  (host.daemon?.control?.drivers ?? []).some(
    ({ monitor }) =>
      monitor.settings.group === name && (monitor.peers.get(other.id)?.hardwareAddress ?? null) !== null,
  );
