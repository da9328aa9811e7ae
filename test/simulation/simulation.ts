// One simulation: a plan, the world, those who watch, and what came of it.

import { AnswerCheck } from './check-answers.js';
import { ConvergenceCheck, passedOverUntil, settlingTime } from './check-convergence.js';
import { HolderCheck } from './check-holders.js';
import { LeaderCheck } from './check-leader.js';
import { NewOrderCheck } from './check-new-orders.js';
import { OrderCheck } from './check-orders.js';
import { OrphanCheck } from './check-orphans.js';
import { ReleaseCheck } from './check-releases.js';
import { SilenceCheck } from './check-silence.js';
import { PASS_OVER_LONGEST } from '../../src/core/settings.js';
import type { Core } from './core-under-test.js';
import { ZoneCheck } from './check-zone.js';
import { Coverage, Tally } from './coverage.js';
import { Digest } from './digest.js';
import type { Episode, FaultKind } from './fault.js';
import { FaultEffects } from './fault-effects.js';
import { Leaper } from './leaper.js';
import type { Plan } from './fault-plan.js';
import { MoveCount } from './move-count.js';
import { Transcript } from './transcript.js';
import { Violation } from './violation.js';
import { World } from './world.js';

/** After these a daemon may have left addresses behind, for as long as their lifetime. */
const CRASHES: ReadonlySet<FaultKind> = new Set<FaultKind>(['crash', 'role-death', 'stall', 'pause']);

/** Calm is prolonged for hosts that are passed over, but not without end. */
const LONGEST_CALM = 2 * PASS_OVER_LONGEST;

export interface Outcome {
  readonly violation: Violation | null;
  /** Virtual milliseconds. */
  readonly simulated: number;
  readonly happened: number;
  readonly faults: Tally;
  readonly coverage: Coverage;
  /** The same for the same plan and code, and for nothing else. */
  readonly digest: string;
  readonly transcript: string;
  readonly excusedOverlaps: number;
  readonly longestOverlap: number;
  /** Milliseconds that were leapt over. */
  readonly leapt: number;
}

export interface Manner {
  /** Keep lines for people, which costs time. */
  readonly transcript?: boolean;
  /** Long calms are leapt over; otherwise they are gone through beat by beat. */
  readonly leaps?: boolean;
}

export function simulate(plan: Plan, core: Core, manner: Manner = {}): Outcome {
  return new Simulation(plan, core, manner).run();
}

class Simulation {
  private readonly plan: Plan;
  private readonly world: World;
  private readonly effects: FaultEffects;
  private readonly faults = new Tally();
  private readonly coverage = new Coverage();
  private readonly digest = new Digest();
  private readonly holders: HolderCheck;
  private readonly orphans: OrphanCheck;
  private readonly answers: AnswerCheck;
  private readonly zones: ZoneCheck;
  private readonly moves = new MoveCount();
  private readonly leaper: Leaper;
  private readonly transcript: Transcript;

  constructor(plan: Plan, core: Core, { leaps = true, transcript = false }: Manner) {
    this.plan = plan;
    this.world = new World(plan.scenario, core);
    for (const { faults } of plan.episodes)
      for (const { fault } of faults)
        if (fault.kind === 'control-replaced') this.world.host(fault.host).hasStandIn = true;
    this.effects = new FaultEffects(this.world);
    this.holders = new HolderCheck(this.world);
    this.orphans = new OrphanCheck(this.world);
    this.answers = new AnswerCheck(this.world);
    this.zones = new ZoneCheck(this.world);
    this.leaper = new Leaper(this.world, leaps);
    this.transcript = new Transcript(this.world);
    this.digest.clock = () => this.world.now;
    if (transcript) this.world.observers.push(this.transcript);
    this.world.observers.push(this.coverage, this.digest, this.holders, this.orphans, this.moves);
    this.world.observers.push(new OrderCheck(), new NewOrderCheck(), new LeaderCheck());
    this.world.observers.push(new ReleaseCheck(), new SilenceCheck());
    this.world.observers.push(this.answers, this.zones, this.leaper);
  }

  run(): Outcome {
    const violation = this.attempt();
    if (violation !== null) this.world.news(`!!! ${violation.message}`);
    return {
      violation,
      simulated: this.world.now,
      happened: this.world.timeline.happened,
      faults: this.faults,
      coverage: this.coverage,
      digest: this.digest.text(),
      transcript: this.transcript.text(),
      excusedOverlaps: this.holders.excused,
      longestOverlap: this.holders.longest,
      leapt: this.leaper.total,
    };
  }

  private attempt(): Violation | null {
    try {
      this.calm({ down: [], calm: 100, lull: 0 }, latestBoot(this.plan), true);
      for (const episode of this.plan.episodes) this.play(episode);
      return null;
    } catch (error) {
      if (error instanceof Violation) return error;
      // An exception of the core ends the control process in production: a defect like any other.
      const { stack, message } = error as Error;
      return new Violation('exception', `${message}\n${String(stack)}`);
    }
  }

  private play(episode: Episode): void {
    const { timeline } = this.world;
    const [start, orders] = [timeline.now, this.moves.orders];
    this.answers.expectedFrom = Infinity;
    for (const { at, fault } of episode.faults)
      timeline.at(start + at, () => {
        this.faults.add(fault.kind);
        this.effects.apply(fault);
      });
    timeline.run(start + episode.storm);
    this.mend(episode);
    this.calm(
      episode,
      0,
      episode.faults.some(({ fault }) => CRASHES.has(fault.kind)),
    );
    this.moves.checkStorm(orders, addressesOf(this.plan), episode.faults.length);
    for (const network of episode.deadNetworks) this.setNetwork(network, -1);
  }

  /** The end of the storm. Who is down for the calm loses power now, at the latest. */
  private mend(episode: Episode): void {
    this.world.news('=== the storm is over');
    this.effects.endAll();
    for (const network of episode.deadNetworks) this.setNetwork(network, 1);
    for (const host of this.world.hosts) {
      if (host.daemon?.network) host.daemon.network.failures = 0;
      if (episode.down.includes(host.index)) host.losePower();
      else {
        host.boot();
        host.startDaemon();
      }
      if (host.isOn) host.setQuiesced(episode.quiesced.includes(host.index));
    }
  }

  private setNetwork(network: number, change: 1 | -1): void {
    const hosts = this.world.hosts.length;
    for (let from = 0; from < hosts; from++)
      for (let to = 0; to < hosts; to++) if (from !== to) this.world.networks.cut(network, from, to, change);
  }

  /**
   * Everything has to come right within a stated time, and to stay so. The checks look every now and then: when all is
   * well early the rest of that time would be spent on watching heartbeats.
   */
  private calm(episode: Pick<Episode, 'down' | 'calm' | 'lull'>, extra: number, crashed: boolean): void {
    const { world } = this;
    const { timeline } = world;
    const groups = [...world.scenario.groups.keys()];
    const settling = Math.max(...groups.map((group) => settlingTime(world, group, crashed)));
    const look = 2 * Math.max(...world.scenario.groups.map(({ timeout }) => timeout));
    const start = timeline.now + extra;
    this.answers.expectedFrom = start + settling;
    timeline.run(start + look);
    while (!this.isSettled() && timeline.now < start + settling)
      timeline.run(Math.min(timeline.now + look, start + settling));
    while (passedOverUntil(world) > timeline.now && timeline.now < start + LONGEST_CALM)
      this.leaper.run(passedOverUntil(world) + settling);
    this.check(settling);
    const [expired, endCalm] = [this.orphans.lastAt, this.moves.beginCalm()];
    timeline.run(timeline.now + Math.max(episode.calm, look));
    // An orphan's end is no disturbance, and moves it all the same.
    this.leaper.run(timeline.now + episode.lull);
    if (this.orphans.lastAt === expired) endCalm();
    this.check(settling);
  }

  private isSettled(): boolean {
    try {
      this.checkConvergence();
      return true;
    } catch (error) {
      if (error instanceof Violation) return false;
      throw error;
    }
  }

  /** Where an orphan's countdown has just ended, what follows from it is waited for. */
  private check(settling: number): void {
    const { timeline } = this.world;
    const start = timeline.now;
    while (this.orphans.lastAt + settling > timeline.now) {
      if (timeline.now > start + LONGEST_CALM)
        throw new Violation('restless', 'orphans go on expiring in calm');
      this.leaper.run(this.orphans.lastAt + settling);
    }
    this.checkConvergence();
    this.orphans.check(settling);
  }

  private checkConvergence(): void {
    new ConvergenceCheck(this.world).check();
    this.zones.check();
  }
}

const latestBoot = ({ scenario }: Plan): number => Math.max(...scenario.hosts.map(({ bootAt }) => bootAt));

const addressesOf = ({ scenario }: Plan): number =>
  scenario.hosts
    .flatMap(({ memberships }) => memberships)
    .reduce((sum, { preferred }) => sum + preferred.length, 0);
