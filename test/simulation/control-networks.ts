// The control networks between the hosts: each may be slow, lossy, cut as a whole, or cut from one host to another.

import type { Frame } from './frame.js';
import { MessageThief } from './move-messages.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** How a network treats what is sent over it. */
export interface Weather {
  /** Probability that a receiver does not get a frame. */
  loss: number;
  /** Probability that it gets it twice. */
  duplication: number;
  /** Milliseconds that a frame takes at the least, and what chance adds for each receiver. */
  latency: number;
  jitter: number;
}

const FAIR: Weather = { loss: 0, duplication: 0, latency: 0, jitter: 0 };

export class ControlNetworks {
  readonly thief = new MessageThief();
  private readonly world: World;
  private readonly random: Random;
  private readonly weather: Weather[];
  /** How many faults cut the way at present: [network][from × hosts + to]. */
  private readonly cuts: number[][];
  private readonly members: number[][];

  constructor(world: World, random: Random) {
    this.world = world;
    this.random = random;
    const { networks, hosts, groups } = world.scenario;
    this.weather = Array.from({ length: networks }, () => ({ ...FAIR }));
    this.cuts = Array.from({ length: networks }, () => new Array<number>(hosts.length ** 2).fill(0));
    this.members = groups.map((_, group) =>
      hosts.flatMap(({ memberships }, index) => (memberships.some((m) => m.group === group) ? [index] : [])),
    );
  }

  get count(): number {
    return this.weather.length;
  }

  weatherOf(network: number): Weather {
    return this.weather[network] ?? FAIR;
  }

  /** Cuts (+1) or mends (−1) the way of frames from one host to another on one network. */
  cut(network: number, from: number, to: number, change: 1 | -1): void {
    const cuts = this.cuts[network];
    const way = from * this.world.scenario.hosts.length + to;
    if (cuts !== undefined) cuts[way] = (cuts[way] ?? 0) + change;
  }

  /** Whether a frame of `from` can reach `to` on some network. */
  carries(from: number, to: number): boolean {
    const way = from * this.world.scenario.hosts.length + to;
    return this.cuts.some((cuts) => cuts[way] === 0);
  }

  /** R6: on every network, to every other member. */
  broadcast(frame: Frame): void {
    const stolen = this.thief.steal(frame.moves);
    if (stolen !== null) {
      this.world.onMessageLost(stolen);
      return;
    }
    for (let network = 0; network < this.weather.length; network++) this.send(frame, network);
  }

  private send(frame: Frame, network: number): void {
    const { loss, duplication, latency, jitter } = this.weatherOf(network);
    const receivers = this.receivers(frame, network);
    if (receivers.length === 0) return;
    const delay = 0.05 + latency + (this.world.timeline.isStill ? 0.05 : this.random.between(0, 0.1));
    if (loss === 0 && duplication === 0 && jitter === 0) {
      this.deliver(frame, network, receivers, delay);
      return;
    }
    for (const receiver of receivers) {
      const copies = this.random.chance(loss) ? 0 : this.random.chance(duplication) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++)
        this.deliver(frame, network, [receiver], delay + this.random.between(0, jitter));
    }
  }

  private receivers(frame: Frame, network: number): readonly number[] {
    const cuts = this.cuts[network] ?? [];
    const row = frame.host * this.world.scenario.hosts.length;
    const members = this.members[frame.group] ?? [];
    return members.filter((member) => member !== frame.host && cuts[row + member] === 0);
  }

  private deliver(frame: Frame, network: number, receivers: readonly number[], delay: number): void {
    this.world.timeline.after(delay, () => {
      for (const receiver of receivers) this.world.hosts[receiver]?.onFrame(frame, network);
    });
  }
}
