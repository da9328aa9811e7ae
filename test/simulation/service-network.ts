// The service network: one cable a host, which may be unplugged; a switch that may fall into two; and who answers an
// ARP probe on it (R61): everybody who has the address on his interface and whom the question reaches.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Host } from './host.js';
import type { Random } from './random.js';
import type { World } from './world.js';

export class ServiceNetwork {
  /** Probability that a question or an answer is lost. */
  loss = 0;
  private readonly world: World;
  private readonly random: Random;
  /** Each fault that splits the switch, as the set of hosts on one side of it. */
  private readonly splits = new Set<ReadonlySet<number>>();
  /** Machines that are no members and answer for an address: MAC by address. */
  private readonly strangers = new Map<ServiceAddress, string>();

  constructor(world: World, random: Random) {
    this.world = world;
    this.random = random;
  }

  split(side: ReadonlySet<number>): void {
    this.splits.add(side);
    this.world.onReachChanged();
  }

  join(side: ReadonlySet<number>): void {
    this.splits.delete(side);
    this.world.onReachChanged();
  }

  addStranger(address: ServiceAddress, hardwareAddress: string): void {
    this.strangers.set(address, hardwareAddress);
  }

  removeStranger(address: ServiceAddress): void {
    this.strangers.delete(address);
  }

  /** Whether two hosts reach each other, cables included. */
  connects(a: Host, b: Host): boolean {
    return a.carrier && b.carrier && !this.isSplit(a, b);
  }

  isSplit(a: Host, b: Host): boolean {
    for (const side of this.splits) if (side.has(a.index) !== side.has(b.index)) return true;
    return false;
  }

  /** A gratuitous ARP: heard by everybody whom the question of the address concerns. */
  announce(host: Host, address: ServiceAddress): void {
    this.world.timeline.after(this.random.between(0.02, 0.2), () => {
      if (!host.answersFor(address)) return;
      for (const other of this.world.hosts) {
        if (other === host || !this.connects(host, other) || this.random.chance(this.loss)) continue;
        if (other.isOn && !other.isPaused) other.daemon?.network?.onAnnounced(address, host.hardwareAddress);
      }
    });
  }

  /** Answers come back one by one: `answered` is called for each. */
  ask(asker: Host, address: ServiceAddress, answered: (hardwareAddress: string) => void): void {
    const reply = (hardwareAddress: string): void => {
      if (this.random.chance(this.loss)) return;
      this.world.timeline.after(this.random.between(0.05, 0.4), () => {
        answered(hardwareAddress);
      });
    };
    if (this.random.chance(this.loss) || !asker.carrier) return;
    this.world.timeline.after(this.random.between(0.02, 0.2), () => {
      for (const host of this.world.hosts)
        if (host !== asker && host.answersFor(address) && this.connects(asker, host))
          reply(host.hardwareAddress);
      const stranger = this.strangers.get(address);
      if (stranger !== undefined) reply(stranger);
    });
  }
}
