// R55, both ends of a planned move: an address is made ready here behind the fence, while another host serves it yet; and
// one that is served here is handed over to the host that is ready for it.

import { constants } from 'node:os';
import type { Instant } from '../core/time.js';
import type { AddressResult, HandedOverAddress, PlacedAddress } from '../ipc/network-messages.js';
import type { AddressRemoval } from './address-removal.js';
import type { AddressSieve } from './address-sieve.js';
import type { Outcome } from './address-writer.js';
import type { KeeperParts } from './keeper-parts.js';
import { addResults, type Results } from './outcomes.js';
import { resultOf, type Placement } from './placement.js';

export class PlannedMoves {
  readonly #parts: KeeperParts;
  readonly #sieve: AddressSieve;
  readonly #removal: AddressRemoval;

  constructor(parts: KeeperParts, sieve: AddressSieve, removal: AddressRemoval) {
    this.#parts = parts;
    this.#sieve = sieve;
    this.#removal = removal;
  }

  /** What stands in the way of an acquire stands in the way of this. */
  prepare(addresses: readonly PlacedAddress[], at: Instant, answer: Results): void {
    const { writer, leases, fence } = this.#parts;
    fence.confirm();
    const { refused, fenced } = this.#fenceOff(addresses, at);
    answer(refused, false);
    const settle = (outcomes: readonly Outcome[], done: boolean): void => {
      this.#onPrepared(outcomes);
      answer(addResults(outcomes), done);
    };
    const present = fenced.filter((placement) => this.#sieve.isOnInterface(placement));
    const missing = fenced.filter((placement) => !this.#sieve.isOnInterface(placement));
    writer.write('renew', present, settle);
    writer.write('add', missing, settle);
    leases.watch();
  }

  /** From here on the heir answers. Returns what has no fence, or is not held. */
  handOver(addresses: readonly HandedOverAddress[], answer: Results): PlacedAddress[] {
    const { held, leases, handOvers, fence } = this.#parts;
    fence.confirm();
    const done: AddressResult[] = [];
    const rest: PlacedAddress[] = [];
    for (const { heir, ...placed } of addresses) {
      const placement = held.get(placed);
      const lease = placement === null ? null : leases.begin(placement.group);
      if (placement !== null && handOvers.handOver(placement, lease, heir)) {
        this.#removal.stopHolding(placement);
        done.push(resultOf(placed, 'remove', null));
      } else rest.push(placed);
    }
    answer(done, true);
    return rest;
  }

  #fenceOff(
    addresses: readonly PlacedAddress[],
    at: Instant,
  ): { refused: AddressResult[]; fenced: Placement[] } {
    const { held, fence, handOvers } = this.#parts;
    const { refused, ready } = this.#sieve.sift(addresses, at);
    const fenced: Placement[] = [];
    for (const { placement, lease } of ready) {
      const obstacle =
        held.get(placement) === null ? fence.markPrepared(placement, lease) : 'it is served here already';
      if (obstacle === null) {
        handOvers.enter(placement);
        fenced.push(placement);
      } else refused.push(resultOf(placement, 'add', obstacle));
    }
    return { refused, fenced };
  }

  #onPrepared(outcomes: readonly Outcome[]): void {
    for (const { placement, errno } of outcomes) {
      if (errno === 0) this.#parts.table.enter(placement.index, placement.address);
      // Whatever took its place sees to it.
      else if (errno !== constants.errno.ECANCELED) this.#removal.remove([placement], () => undefined);
    }
  }
}
