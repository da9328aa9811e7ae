// The name server of the simulated farm: what it advertises for each group, whoever writes that, and whether it can be reached.

import type { ServiceAddress } from '../../src/core/address.js';
import { Violation } from './violation.js';

/** What a member keeps it with. */
export interface Writer {
  readonly group: number;
  readonly isKeeping: boolean;
  readonly now: number;
}

export class NameServer {
  /** Faults that keep everybody from it at present. */
  outages = 0;
  /** Changes that somebody made. */
  writes = 0;
  /** When a fault, or the last write of a member whose turn had ended, last kept it from having what the writer wanted: it is looked at once an interval only. */
  disturbedAt = -Infinity;
  private readonly published: (readonly ServiceAddress[])[] = [];
  /** By group. */
  private readonly lastWriters: Writer[] = [];

  /** Null: it cannot be reached. */
  read(group: number): readonly ServiceAddress[] | null {
    return this.outages > 0 ? null : (this.published[group] ?? []);
  }

  /** By a member of the group. False: it cannot be reached. R39: never nothing. */
  write(writer: Writer, addresses: readonly ServiceAddress[]): boolean {
    const { group } = writer;
    if (addresses.length === 0) throw new Violation('zone without addresses', `group ${String(group)}`);
    if (this.outages > 0) return false;
    // Of two that do not hear each other each finds at its next look what the other has done.
    const before = this.lastWriters[group];
    if (before !== undefined && before !== writer && before.isKeeping) this.disturbedAt = writer.now;
    this.lastWriters[group] = writer;
    this.put(group, addresses);
    return true;
  }

  /** By somebody who is no member. */
  put(group: number, addresses: readonly ServiceAddress[]): void {
    this.published[group] = addresses;
    this.writes += 1;
  }
}
