// The service interface of a host as its kernel keeps it: which addresses are on it and until when (valid_lft), whatever
// becomes of the daemon.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Host } from './host.js';
import { Process } from './process.js';

/** R52's backstop: an address that nobody renews is removed so many milliseconds later, and a little. */
export const VALID = 2000;
export const VALID_LATENESS = 250;

export class Kernel extends Process {
  private readonly host: Host;
  /** Address → when its lifetime ends. */
  private readonly addresses = new Map<ServiceAddress, number>();

  constructor(host: Host) {
    super(host.world.timeline);
    this.host = host;
  }

  has(address: ServiceAddress): boolean {
    return this.addresses.has(address);
  }

  all(): ServiceAddress[] {
    return [...this.addresses.keys()];
  }

  add(address: ServiceAddress): void {
    const isNew = !this.addresses.has(address);
    this.renew(address);
    if (!isNew) return;
    this.watch(address);
    this.host.world.onHolding(this.host, address);
  }

  renew(address: ServiceAddress): void {
    this.addresses.set(address, this.timeline.now + VALID);
  }

  remove(address: ServiceAddress): void {
    if (this.addresses.delete(address)) this.host.world.onHolding(this.host, address);
  }

  private watch(address: ServiceAddress): void {
    const end = this.addresses.get(address);
    if (end === undefined) return;
    this.at(end + this.host.random.between(0, VALID_LATENESS), () => {
      const now = this.addresses.get(address);
      if (now === undefined) return;
      if (now > this.timeline.now) {
        this.watch(address);
        return;
      }
      this.remove(address);
      this.host.daemon?.network?.onVanished(address);
    });
  }
}
