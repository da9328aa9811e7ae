// The service interface of a host as its kernel keeps it: which addresses are on it and until when (valid_lft), whatever
// becomes of the daemon.

import type { ServiceAddress } from '../../src/core/address.js';
import type { Host } from './host.js';
import { Process } from './process.js';

/** R52's backstop: an address that nobody renews is removed so many milliseconds later, and a little. */
export const VALID = 2000;
export const VALID_LATENESS = 250;

const NEVER_LIVE = -1;

/** native/network/fence_marks.h */
export interface Mark {
  readonly group: number;
  readonly lease: number;
}

export class Kernel extends Process {
  private readonly host: Host;
  /** When the lifetime of each ends, and which lease keeps the fence before it open. */
  private readonly addresses = new Map<ServiceAddress, { end: number; readonly mark: Mark }>();

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

  markOf(address: ServiceAddress): Mark | null {
    return this.addresses.get(address)?.mark ?? null;
  }

  add(address: ServiceAddress, group: number): void {
    this.put(address, { group, lease: this.host.leaseNumber(group) });
  }

  /** R55: behind the fence, whatever lease runs. */
  prepare(address: ServiceAddress, group: number): void {
    if (!this.addresses.has(address)) this.put(address, { group, lease: NEVER_LIVE });
  }

  private put(address: ServiceAddress, mark: Mark): void {
    const before = this.addresses.get(address);
    this.addresses.set(address, { end: this.timeline.now + VALID, mark });
    if (before === undefined) this.watch(address, this.host.random.between(0, VALID_LATENESS));
    if (before?.mark.lease === mark.lease) return;
    this.host.world.onHolding(this.host, address);
  }

  renew(address: ServiceAddress): void {
    const known = this.addresses.get(address);
    if (known !== undefined) known.end = this.timeline.now + VALID;
  }

  remove(address: ServiceAddress): void {
    if (this.addresses.delete(address)) this.host.world.onHolding(this.host, address);
  }

  private watch(address: ServiceAddress, lateness: number): void {
    const known = this.addresses.get(address);
    if (known === undefined) return;
    this.at(
      known.end + lateness,
      () => {
        const now = this.addresses.get(address);
        if (now === undefined) return;
        if (now.end > this.timeline.now) {
          this.watch(address, lateness);
          return;
        }
        this.remove(address);
        this.host.daemon?.network?.onVanished(address);
      },
      true,
    );
  }

  /** What the renewals of a leap would have done. */
  leap(span: number): void {
    for (const known of this.addresses.values()) known.end += span;
  }
}
