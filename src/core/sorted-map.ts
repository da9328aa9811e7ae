// A map by address that is read far more often than it changes: keys and values stand in numeric order, put in order when
// they are looked at for the first time after a change. What was handed out before a change stays as it was.

import { compareAddresses, type Address } from './address.js';

export class SortedMap<K extends Address, V> {
  private readonly map = new Map<K, V>();
  private sortedKeys: readonly K[] | null = null;
  private sortedValues: readonly V[] | null = null;

  get size(): number {
    return this.map.size;
  }

  get(key: K): V | undefined {
    return this.map.get(key);
  }

  has(key: K): boolean {
    return this.map.has(key);
  }

  set(key: K, value: V): this {
    if (!this.map.has(key)) this.sortedKeys = null;
    this.sortedValues = null;
    this.map.set(key, value);
    return this;
  }

  delete(key: K): boolean {
    if (!this.map.delete(key)) return false;
    this.sortedKeys = null;
    this.sortedValues = null;
    return true;
  }

  /** Ascending. */
  keys(): readonly K[] {
    this.sortedKeys ??= [...this.map.keys()].sort(compareAddresses);
    return this.sortedKeys;
  }

  /** In the order of their keys. */
  values(): readonly V[] {
    this.sortedValues ??= this.keys().map((key) => this.map.get(key) as V);
    return this.sortedValues;
  }
}
