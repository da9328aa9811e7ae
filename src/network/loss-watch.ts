// Whatever took an address of ours away: somebody, the kernel with its interface, or the end of its lifetime.

import type { AddressRemoval } from './address-removal.js';
import type { KeeperParts } from './keeper-parts.js';
import { placedOf, type Placement } from './placement.js';

export class LossWatch {
  readonly #parts: KeeperParts;
  readonly #removal: AddressRemoval;

  constructor(parts: KeeperParts, removal: AddressRemoval) {
    this.#parts = parts;
    this.#removal = removal;
  }

  /** Called when the table has changed. */
  report(): void {
    const { table, fence, ports } = this.#parts;
    if (this.#missing().length === 0) return;
    // The order of the news is not to be relied on (see `InterfaceTable.enter`): the kernel has the last word.
    table.confirm();
    for (const placement of this.#missing()) {
      this.#removal.letGo(placement);
      fence.unmark(placement);
      ports.log.warn(
        `${placement.address} is no longer on ${placement.interface}: it was removed by another`,
      );
      ports.report({ kind: 'lost', address: placedOf(placement) });
    }
  }

  #missing(): Placement[] {
    const { held, table } = this.#parts;
    return held.all().filter(({ index, address }) => table.serviceAddress(index, address) === null);
  }
}
