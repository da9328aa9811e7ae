// Addresses that network did not add because the group's lease had run out: control was late. They are asked for again
// as soon as a heartbeat has renewed the lease; not at once, or the two processes would keep each other busy.

import type { ServiceAddress } from '../core/address.js';
import type { Group } from './group.js';

interface Waiting {
  readonly addresses: Set<ServiceAddress>;
  readonly timer: NodeJS.Timeout;
}

export class Postponed {
  private readonly waiting = new Map<Group, Waiting>();

  /** Where no renewal comes within a timeout, the core is told that nothing was configured. */
  add(group: Group, address: ServiceAddress): void {
    const known = this.waiting.get(group);
    if (known !== undefined) {
      known.addresses.add(address);
      return;
    }
    const timer = setTimeout(() => {
      const events = this.take(group).map((each) => ({ kind: 'withdrawn', address: each }) as const);
      if (events.length > 0) group.step(...events);
    }, group.monitor.settings.timeout);
    this.waiting.set(group, { addresses: new Set([address]), timer });
  }

  /** What waits for this group; it waits no more. */
  take(group: Group): ServiceAddress[] {
    const known = this.waiting.get(group);
    if (known === undefined) return [];
    clearTimeout(known.timer);
    this.waiting.delete(group);
    return [...known.addresses];
  }
}
