// Addresses that a message names often stand in it once, in a table at its head; all else refers to them by position.

import type { Address } from '../core/address.js';
import { WireError, type Reader, type Writer } from './bytes.js';

const MOST_ADDRESSES = 0xffff;

/** Collects the addresses of a message that is being written, in the order of their first use. */
export class AddressTableWriter {
  private readonly positions = new Map<Address, number>();

  /** Throws a RangeError beyond 65,535 different addresses. */
  positionOf(address: Address): number {
    const known = this.positions.get(address);
    if (known !== undefined) return known;
    const position = this.positions.size;
    if (position >= MOST_ADDRESSES) throw new RangeError(`more than ${String(MOST_ADDRESSES)} addresses`);
    this.positions.set(address, position);
    return position;
  }

  write(writer: Writer): void {
    writer.list([...this.positions.keys()], (address) => {
      writer.address(address);
    });
  }
}

/** Reads the table; the function returned reads a reference to it, and throws a WireError where that leads nowhere. */
export function readAddressTable(reader: Reader): () => Address {
  const table = reader.list(MOST_ADDRESSES, () => reader.address());
  return () => {
    const position = reader.u16();
    const address = table[position];
    if (address === undefined) throw new WireError(`address ${String(position)} of ${String(table.length)}`);
    return address;
  };
}
