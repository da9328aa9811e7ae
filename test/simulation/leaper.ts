// Long calms in little time: where nothing happens but heartbeats, time leaps over them. The proof that this hides nothing
// is in simulation.test.ts: the cores do the same at the same moments in a world that goes from beat to beat.

import { instant, NO_DEADLINE } from '../../src/core/time.js';
import { HOST_KEPT } from '../../src/core/settings.js';
import type { Effect } from '../../src/core/effect.js';
import type { Event } from '../../src/core/event.js';
import type { Driver } from './driver.js';
import { RENEWAL } from './network-process.js';
import { leapt } from './timeline.js';
import type { Observer, World } from './world.js';

/** Before anything that time alone brings about, so many milliseconds are gone through beat by beat. */
const MARGIN = 200;
/** A report comes with each beat, or with the second, or … the sixth (report-pace.ts); after so many beats each of these comes again. */
const BEATS_OF_ALL_PACES = 60;
/** So many happenings later than wished a moment is found in which no frame is under way. */
const PATIENCE = 500;

export class Leaper implements Observer {
  /** Milliseconds that were leapt over. */
  total = 0;
  private readonly world: World;
  private readonly leaps: boolean;
  /** A leap is a multiple of this: every beat and every report comes as far after it as it would have come now. */
  private readonly round: number;
  private readonly longestTimeout: number;
  private lastEffectAt = 0;

  /** `leaps`: whether it does leap. */
  constructor(world: World, leaps: boolean) {
    const { groups } = world.scenario;
    this.world = world;
    this.leaps = leaps;
    this.round = groups
      .map(({ interval }) => BEATS_OF_ALL_PACES * interval)
      .reduce(leastCommonMultiple, RENEWAL);
    this.longestTimeout = Math.max(...groups.map(({ timeout }) => timeout));
  }

  afterStep(_driver: Driver, _events: readonly Event[], effects: readonly Effect[]): void {
    if (effects.length > 0) this.lastEffectAt = this.world.now;
  }

  /** As `timeline.run`, for a time in which no fault goes on; nothing is left to chance meanwhile. */
  run(until: number): void {
    const { timeline } = this.world;
    timeline.isStill = true;
    while (timeline.now < until) {
      if (this.leaps) this.leap(until);
      timeline.run(Math.min(until, timeline.now + 2 * this.longestTimeout));
    }
    timeline.isStill = false;
  }

  private leap(until: number): void {
    const { timeline } = this.world;
    for (let tries = 0; tries < PATIENCE; tries++) {
      const span = this.spanTo(Math.min(until, this.decisionAt()));
      if (span === 0) return;
      const undisturbed = Math.min(span, this.spanTo(timeline.nextUnique()));
      if (undisturbed > 0) {
        this.leapOver(undisturbed);
        return;
      }
      timeline.runNext();
    }
  }

  private spanTo(moment: number): number {
    const rounds = Math.floor((moment - MARGIN - this.world.now) / this.round);
    return Math.max(0, rounds) * this.round;
  }

  /** When some core next decides something although nothing happens; now, if it may do so at any moment. */
  private decisionAt(): number {
    const { now } = this.world;
    if (now - this.lastEffectAt < 2 * this.longestTimeout) return now;
    let next = Infinity;
    for (const host of this.world.hosts) {
      if (host.isOn && (host.isHindered || host.handicap > 0)) return now;
      for (const { monitor } of host.daemon?.control?.drivers ?? []) {
        const { phase, drainAskedAt, nextProbeAt, quietUntil } = monitor;
        if (phase !== 'member' || drainAskedAt !== null || nextProbeAt !== NO_DEADLINE) return now;
        next = Math.min(next, quietUntil - host.clockAt(0));
        for (const { since, state } of monitor.peers.values()) {
          const forgotten = since + HOST_KEPT - host.clockAt(0);
          if (state !== 'live' && forgotten > now) next = Math.min(next, forgotten);
        }
      }
    }
    return next;
  }

  /** What is younger than a timeout is the trace of a heartbeat, and would have been left anew. */
  private leapOver(span: number): void {
    const since = this.world.now - this.longestTimeout;
    this.world.timeline.leap(span);
    this.total += span;
    for (const host of this.world.hosts) {
      const { control, heartbeat, network } = host.daemon ?? {};
      host.kernel.leap(span);
      network?.leap(span);
      heartbeat?.leap(span, since);
      control?.leap(span, since);
      for (const driver of control?.drivers ?? []) leapMonitor(driver, span, since);
    }
  }
}

function leapMonitor({ monitor, host }: Driver, span: number, since: number): void {
  const shift = (at: number) => instant(leapt(at, span, host.clockAt(since)));
  monitor.lastStepAt = shift(monitor.lastStepAt);
  monitor.knownAt = shift(monitor.knownAt);
  for (const peer of monitor.peers.values()) {
    peer.heardAt = shift(peer.heardAt);
    peer.directAt = shift(peer.directAt);
    peer.links = peer.links.map(shift);
  }
}

function leastCommonMultiple(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return (a / large) * b;
}
