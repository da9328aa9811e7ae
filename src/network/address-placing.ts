// Puts addresses on their interfaces and announces them; from then on they are held.

import type { Instant } from '../core/time.js';
import type { PlacedAddress } from '../ipc/network-messages.js';
import type { AddressSieve } from './address-sieve.js';
import type { Outcome } from './address-writer.js';
import type { KeeperParts } from './keeper-parts.js';
import { addResults, gatherResults, type Results } from './outcomes.js';
import type { Placement } from './placement.js';

export class AddressPlacing {
  readonly #parts: KeeperParts;
  readonly #sieve: AddressSieve;

  constructor(parts: KeeperParts, sieve: AddressSieve) {
    this.#parts = parts;
    this.#sieve = sieve;
  }

  /** Adds what is missing, takes up what is there, and announces both; refuses what cannot or must not be. */
  place(addresses: readonly PlacedAddress[], at: Instant, answer: Results, heard?: number): void {
    const { handOvers, fence, writer, leases } = this.#parts;
    const { refused, ready } = this.#sieve.sift(addresses, at, heard);
    const missing: Placement[] = [];
    const present: Placement[] = [];
    for (const { placement, lease } of ready) {
      handOvers.forget(placement);
      fence.mark(placement, lease);
      (this.#sieve.isOnInterface(placement) ? present : missing).push(placement);
    }
    let parts = 2;
    const gather = gatherResults(() => this.#parts.ports.now(), answer);
    const settle = (outcomes: readonly Outcome[], done: boolean): void => {
      if (done) parts--;
      this.#onPlaced(outcomes, (results) => {
        gather(results, parts === 0);
      });
    };
    answer(refused, false);
    writer.write('renew', present, settle);
    writer.write('add', missing, settle);
    leases.watch();
  }

  /** The answer leaves first, the announcement in the same turn. */
  #onPlaced(outcomes: readonly Outcome[], answer: (results: ReturnType<typeof addResults>) => void): void {
    const { held, table, watch, leases, announcer } = this.#parts;
    const placed = outcomes.filter(({ errno }) => errno === 0).map(({ placement }) => placement);
    for (const placement of placed) {
      held.set(placement);
      table.enter(placement.index, placement.address);
      watch.hold(placement);
    }
    for (const { placement, errno } of outcomes) if (errno !== 0) this.#unmarkUnheld(placement);
    answer(addResults(outcomes));
    // R52: the write may have waited for the kernel's lock, which others can hold for longer than the lease ran.
    leases.check();
    announcer.announce(placed.flatMap((placement) => held.get(placement) ?? []));
  }

  /** It could not be configured, and nothing else wants it there. */
  #unmarkUnheld(placement: Placement): void {
    const { held, writer, fence } = this.#parts;
    if (held.get(placement) === null && !writer.isWaiting(placement)) fence.unmark(placement);
  }
}
