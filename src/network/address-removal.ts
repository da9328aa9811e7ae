// Takes addresses off: at control's word, at the end of their group's lease (R52), or when a hand-over is done (R55).

import type { PlacedAddress } from '../ipc/network-messages.js';
import type { Outcome } from './address-writer.js';
import type { KeeperParts } from './keeper-parts.js';
import { isGone, removeResults, warnOfFailure, type Results } from './outcomes.js';
import { placedOf, type Placement } from './placement.js';

export class AddressRemoval {
  readonly #parts: KeeperParts;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  remove(placements: readonly Placement[], answer: Results): void {
    for (const placement of placements) this.letGo(placement);
    this.#parts.writer.write('remove', placements, (outcomes, done) => {
      this.#unmarkGone(outcomes);
      answer(removeResults(outcomes), done);
    });
  }

  /** R52: gives up what belongs to a group whose lease has run out. */
  giveUp(group: string): void {
    const { writer, held, handOvers, ports } = this.#parts;
    writer.withdraw((operation, placement) => operation !== 'remove' && placement.group === group);
    const placements = [...held.ofGroup(group), ...handOvers.ofGroup(group)];
    if (placements.length === 0) return;
    ports.log.warn(`${group}: the lease is over, the addresses are removed (${String(placements.length)})`);
    for (const placement of placements) this.letGo(placement);
    const removed: PlacedAddress[] = [];
    writer.write('remove', placements, (outcomes, done) => {
      this.#unmarkGone(outcomes);
      for (const { placement, errno } of outcomes) {
        // What cannot be removed is not renewed either: the kernel removes it.
        if (isGone(errno)) removed.push(placedOf(placement));
        else warnOfFailure(ports.log, 'remove', placement, errno);
      }
      if (done) ports.report({ kind: 'lease-ended', group, removed });
    });
  }

  /** R52: everything, before it returns. For the end of the process: the parts are closed. */
  removeNow(placements: readonly Placement[]): void {
    const { writer, fence, ports } = this.#parts;
    const left = writer.removeNow(placements).filter(({ errno }) => !isGone(errno));
    for (const { placement, errno } of left) warnOfFailure(ports.log, 'remove', placement, errno);
    fence.removeExceptFor(left.map(({ placement }) => placement));
  }

  /** From now on it is neither held, announced nor renewed, whatever the kernel says of its removal. */
  letGo(placement: Placement): void {
    this.#parts.handOvers.forget(placement);
    this.stopHolding(placement);
  }

  stopHolding(placement: Placement): void {
    const { held, announcer, watch } = this.#parts;
    held.delete(placement);
    announcer.forget(placement);
    watch.release(placement);
  }

  /** Once it is off the interface, and not before: until then nothing may answer for it. */
  #unmarkGone(outcomes: readonly Outcome[]): void {
    for (const { placement, errno } of outcomes) if (isGone(errno)) this.#parts.fence.unmark(placement);
  }
}
