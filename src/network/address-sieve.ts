// What of that which control wants may be put on an interface, and what stands in the way of the rest.

import type { Instant } from '../core/time.js';
import type { AddressResult, PlacedAddress } from '../ipc/network-messages.js';
import type { LeaseMark } from './addon.js';
import { MAX_ADDRESSES } from './held-addresses.js';
import type { Link } from './interface-table.js';
import type { KeeperParts } from './keeper-parts.js';
import { FOREIGN, groupsOf, resultOf, type Placement } from './placement.js';

export interface Sifted {
  readonly refused: AddressResult[];
  /** Each with the lease under which it would be there. */
  readonly ready: { readonly placement: Placement; readonly lease: LeaseMark | null }[];
}

interface Standing {
  readonly lease: LeaseMark | null;
  readonly isOver: boolean;
}

export class AddressSieve {
  readonly #parts: KeeperParts;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** `at`: when control said so; `heard`: what it knew then of who has the addresses (neighbour-watch.ts). */
  sift(addresses: readonly PlacedAddress[], at: Instant, heard = Infinity): Sifted {
    const { table, held, handOvers, writer, watch } = this.#parts;
    const sifted: Sifted = { refused: [], ready: [] };
    const { refused, ready } = sifted;
    const links = new Map<string, Link | null>();
    for (const name of new Set(addresses.map((placed) => placed.interface)))
      links.set(name, table.link(name));
    let room = MAX_ADDRESSES - held.size - handOvers.all().length - writer.waiting('add').length;
    const standings = this.#standings(addresses, at);
    for (const placed of addresses) {
      const standing = standings.get(placed.group);
      const link = links.get(placed.interface) ?? null;
      const placement = link === null ? null : { ...placed, index: link.index };
      const obstacle = placement === null ? 'ENODEV' : this.isForeign(placement) ? FOREIGN : null;
      const claimedBy = watch.claimedSince(placed, heard);
      // R52: what was asked for before the lease ran out must not come true after it.
      if (standing?.isOver !== false)
        refused.push({ ...resultOf(placed, 'add', `the lease of ${placed.group} is over`), leaseOver: true });
      // R61: of two that decide alike while they do not hear each other, the second one hears the first.
      else if (claimedBy !== null)
        refused.push({ ...resultOf(placed, 'add', `${claimedBy} answers for it`), claimedBy });
      else if (placement === null || obstacle !== null) refused.push(resultOf(placed, 'add', obstacle));
      else if (this.isOnInterface(placement) || room-- > 0) ready.push({ placement, lease: standing.lease });
      else refused.push(resultOf(placed, 'add', `more than ${String(MAX_ADDRESSES)} addresses`));
    }
    return sifted;
  }

  /** Of each group: its lease, and whether that is over. The end is looked for again when all is written (R52). */
  #standings(addresses: readonly PlacedAddress[], at: Instant): Map<string, Standing> {
    const { leases } = this.#parts;
    return new Map(
      [...groupsOf(addresses)].map((group) => {
        const lease = leases.begin(group);
        return [group, { lease, isOver: !leases.isRunning(group) || !leases.isFresh(group, at) }];
      }),
    );
  }

  locate(placed: PlacedAddress): Placement | null {
    const link = this.#parts.table.link(placed.interface);
    return link === null ? null : { ...placed, index: link.index };
  }

  isOnInterface({ index, address }: Placement): boolean {
    return this.#parts.table.serviceAddress(index, address) !== null;
  }

  /** Somebody else has put that address on that interface, under whatever prefix, and nobody of us. */
  isForeign(placement: Placement): boolean {
    const { held, table } = this.#parts;
    const { index, address } = placement;
    if (held.get(placement) !== null) return false;
    if (table.serviceAddress(index, address)?.tagged === true) return false;
    return table.foreignAddress(index, address) !== null;
  }
}
