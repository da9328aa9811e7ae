// R52: the one place that renews `valid_lft`. What it does not renew, the kernel removes. As often it is seen to that the fence
// stands, which others may have taken off.

import type { KeeperParts } from './keeper-parts.js';
import { warnOfFailure } from './outcomes.js';

/** The lifetimes (2 s, see `VALID_SECONDS`) are renewed this long after the last renewal was done. */
const RENEWAL_MILLISECONDS = 500;

export class Lifetimes {
  readonly #parts: KeeperParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#renew();
    }, RENEWAL_MILLISECONDS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Sees to it first that nothing is renewed that must not be there. */
  #renew(): void {
    const { leases, table, fence, held, handOvers, writer, ports } = this.#parts;
    leases.check();
    table.refresh();
    fence.confirm();
    const placements = [...held.all(), ...handOvers.prepared()].filter(
      (placement) => !writer.isWaiting(placement),
    );
    writer.write('renew', placements, (outcomes, done) => {
      for (const { placement, errno } of outcomes)
        if (errno !== 0) warnOfFailure(ports.log, 'renew', placement, errno);
      if (done) this.start();
    });
  }
}
