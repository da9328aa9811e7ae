// No two hosts answer for one address, but where the schedule of faults makes it unavoidable, and then no longer than the
// bound that excuses.ts states.

import type { ServiceAddress } from '../../src/core/address.js';
import { Excuses, type Overlap } from './excuses.js';
import type { Host } from './host.js';
import type { GroupScenario } from './scenario.js';
import { Violation } from './violation.js';
import type { Disturbance, Observer, World } from './world.js';

export class HolderCheck implements Observer {
  private readonly world: World;
  private readonly excuses: Excuses;
  private readonly groupOf = new Map<ServiceAddress, GroupScenario>();
  private readonly overlaps = new Map<string, Overlap>();
  /** Overlaps that were excused, and the longest of them. */
  excused = 0;
  longest = 0;

  constructor(world: World) {
    this.world = world;
    this.excuses = new Excuses(world);
  }

  onDisturbed(host: Host, disturbance: Disturbance): void {
    this.excuses.onDisturbed(host, disturbance);
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
    const isPartition = this.excuses.isPartition(this.group(address), a, b);
    const overlap = { a, b, since: this.world.now, isPartition };
    this.overlaps.set(key, overlap);
    this.excused += 1;
    this.judge(address, key, overlap);
  }

  private judge(address: ServiceAddress, key: string, overlap: Overlap): void {
    this.endOverlaps(address);
    if (this.overlaps.get(key) !== overlap) return;
    const until = this.excuses.until(this.group(address), overlap);
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

  /** The fence of one of them may have closed since somebody looked last: that ended it then. */
  private endOverlaps(address: ServiceAddress): void {
    const { now } = this.world;
    for (const [key, { a, b, since }] of this.overlaps) {
      if (!key.startsWith(`${address} `)) continue;
      if (a.answersFor(address) && b.answersFor(address) && this.world.service.connects(a, b)) continue;
      this.overlaps.delete(key);
      const closed = Math.max(since, Math.min(a.fenceClosesAt(address), b.fenceClosesAt(address)));
      this.longest = Math.max(this.longest, Math.min(now, closed) - since);
    }
  }
}
