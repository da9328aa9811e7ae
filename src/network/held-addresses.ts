// What this process holds: configured by it or adopted, and not given up since.

import type { PlacedAddress } from '../ipc/network-messages.js';
import { placeOf, type Placement } from './placement.js';

/** Addresses that are held and under way together at the most; more are refused (16 groups of the largest size). */
export const MAX_ADDRESSES = 16_000;

export class HeldAddresses {
  readonly #byPlace = new Map<string, Placement>();
  /** How many each group has: who holds anything is asked many times a second. */
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#byPlace.size;
  }

  set(placement: Placement): void {
    this.delete(placement);
    this.#counts.set(placement.group, (this.#counts.get(placement.group) ?? 0) + 1);
    this.#byPlace.set(placeOf(placement), placement);
  }

  get(placed: PlacedAddress): Placement | null {
    return this.#byPlace.get(placeOf(placed)) ?? null;
  }

  delete(placed: PlacedAddress): void {
    const held = this.get(placed);
    if (held === null) return;
    this.#byPlace.delete(placeOf(placed));
    const left = (this.#counts.get(held.group) ?? 0) - 1;
    if (left > 0) this.#counts.set(held.group, left);
    else this.#counts.delete(held.group);
  }

  /** The groups that hold something. */
  groups(): Iterable<string> {
    return this.#counts.keys();
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
