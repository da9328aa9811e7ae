// What this process holds: configured by it or adopted, and not given up since.

import type { PlacedAddress } from '../ipc/network-messages.js';
import { placeOf, type Placement } from './placement.js';

/** Addresses that are held and under way together at the most; more are refused (16 groups of the largest size). */
export const MAX_ADDRESSES = 16_000;

export class HeldAddresses {
  readonly #byPlace = new Map<string, Placement>();

  get size(): number {
    return this.#byPlace.size;
  }

  set(placement: Placement): void {
    this.#byPlace.set(placeOf(placement), placement);
  }

  get(placed: PlacedAddress): Placement | null {
    return this.#byPlace.get(placeOf(placed)) ?? null;
  }

  delete(placed: PlacedAddress): void {
    this.#byPlace.delete(placeOf(placed));
  }

  all(): Placement[] {
    return [...this.#byPlace.values()];
  }

  ofGroup(group: string): Placement[] {
    return this.all().filter((placement) => placement.group === group);
  }

  onInterface(index: number): Placement[] {
    return this.all().filter((placement) => placement.index === index);
  }
}
