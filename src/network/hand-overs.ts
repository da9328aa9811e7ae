// Addresses between two hosts (R55): prepared here, while another host serves them yet; and handed over, when what still
// comes here for them is sent on to the heir. Both are behind the fence; neither is held, announced or defended.

import type { LeaseMark } from './addon.js';
import type { AddressFence } from './address-fence.js';
import { placeOf, type Placement } from './placement.js';

/**
 * So long a handed-over address stays on the interface: requests that came before may still be answered, and clients whose
 * news was lost have heard the heir's second and third announcement by then.
 */
export const LINGER_MILLISECONDS = 300;

interface HandedOver {
  readonly placement: Placement;
  readonly timer: NodeJS.Timeout;
}

export class HandOvers {
  readonly #fence: AddressFence;
  readonly #ended: (placement: Placement) => void;
  readonly #prepared = new Map<string, Placement>();
  readonly #handedOver = new Map<string, HandedOver>();

  /** `ended`: what was handed over is to be removed now. */
  constructor(fence: AddressFence, ended: (placement: Placement) => void) {
    this.#fence = fence;
    this.#ended = ended;
  }

  all(): Placement[] {
    return [...this.#prepared.values(), ...[...this.#handedOver.values()].map(({ placement }) => placement)];
  }

  ofGroup(group: string): Placement[] {
    return this.all().filter((placement) => placement.group === group);
  }

  prepared(): Placement[] {
    return [...this.#prepared.values()];
  }

  /** It is on the interface, and marked so. */
  enter(placement: Placement): void {
    this.forget(placement);
    this.#prepared.set(placeOf(placement), placement);
  }

  /** `lease`: that under which it was held. False: there is no fence for it. */
  handOver(placement: Placement, lease: LeaseMark | null, heir: string): boolean {
    const hardware = Uint8Array.from(heir.split(':').map((part) => parseInt(part, 16)));
    if (!this.#fence.markHandedOver(placement, lease, hardware)) return false;
    this.forget(placement);
    const timer = setTimeout(() => {
      this.#handedOver.delete(placeOf(placement));
      this.#ended(placement);
    }, LINGER_MILLISECONDS);
    this.#handedOver.set(placeOf(placement), { placement, timer });
    return true;
  }

  /** It is held, or given up. */
  forget(placement: Placement): void {
    const place = placeOf(placement);
    this.#prepared.delete(place);
    clearTimeout(this.#handedOver.get(place)?.timer);
    this.#handedOver.delete(place);
  }

  close(): void {
    for (const placement of this.all()) this.forget(placement);
  }
}
