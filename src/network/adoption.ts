// R53: a control process that was started anew says what it wants. What is there already is taken up, whoever configured
// it; what is missing is added; what bears the daemon's tag and is wanted no more is removed.

import type { Instant } from '../core/time.js';
import type { AddressResult, PlacedAddress } from '../ipc/network-messages.js';
import type { AddressPlacing } from './address-placing.js';
import type { AddressRemoval } from './address-removal.js';
import type { KeeperParts } from './keeper-parts.js';
import type { Results } from './outcomes.js';
import { hostPrefix, placeOf, type Placement } from './placement.js';

export class Adoption {
  readonly #parts: KeeperParts;
  readonly #placing: AddressPlacing;
  readonly #removal: AddressRemoval;

  constructor(parts: KeeperParts, placing: AddressPlacing, removal: AddressRemoval) {
    this.#parts = parts;
    this.#placing = placing;
    this.#removal = removal;
  }

  /** Exactly these are wanted. What others have asked for and what waits yet is withdrawn. */
  adopt(
    addresses: readonly PlacedAddress[],
    at: Instant,
    answer: (results: readonly AddressResult[]) => void,
  ): void {
    const { askers, writer, table, fence } = this.#parts;
    askers.next();
    writer.withdraw((operation) => operation !== 'remove');
    table.refresh();
    const results: AddressResult[] = [];
    let parts = 2;
    const collect: Results = askers.bind((part: readonly AddressResult[], done: boolean) => {
      results.push(...part);
      if (!done || --parts > 0) return;
      fence.prune([...table.taggedAddresses(), ...writer.waiting('add')]);
      answer(results);
    });
    // R52: what is refused since its lease is over must be gone when control hears that.
    const live = addresses.filter(({ group }) => this.#isLive(group, at));
    this.#removal.remove(this.#unwanted(live), (part, done) => {
      collect(
        part.filter(({ error }) => error !== null),
        done,
      );
    });
    this.#placing.place(addresses, at, collect);
  }

  #isLive(group: string, at: Instant): boolean {
    const { leases } = this.#parts;
    leases.begin(group);
    return leases.isRunning(group) && leases.isFresh(group, at);
  }

  /** What bears the tag, or is held, and is not among these. */
  #unwanted(addresses: readonly PlacedAddress[]): Placement[] {
    const { table, handOvers, held } = this.#parts;
    const wanted = new Set(addresses.map(placeOf));
    const tagged = table.taggedAddresses().flatMap(({ index, address, prefix }): Placement[] => {
      const name = table.linkAt(index)?.name;
      if (name === undefined || prefix !== hostPrefix(address)) return [];
      return [{ group: '', interface: name, address, index }];
    });
    const known = new Map(
      [...tagged, ...handOvers.all(), ...held.all()].map((each) => [placeOf(each), each]),
    );
    return [...known.values()].filter((placement) => !wanted.has(placeOf(placement)));
  }
}
