// A service address at its place on an interface of the kernel, and what is said of it when something fails.

import { getSystemErrorName } from 'node:util';
import { familyOf, type ServiceAddress } from '../core/address.js';
import type { AddressResult, PlacedAddress } from '../ipc/network-messages.js';

/** A placed address whose interface was found. */
export interface Placement extends PlacedAddress {
  /** The interface's index at that time; it changes when the interface is made anew. */
  readonly index: number;
}

/** What identifies a placed address: an address may be on one interface once, whatever its group. */
export const placeOf = ({ interface: name, address }: PlacedAddress): string => `${name} ${address}`;

export const placedOf = ({ group, interface: name, address }: Placement): PlacedAddress => ({
  group,
  interface: name,
  address,
});

export const groupsOf = (addresses: readonly PlacedAddress[]): Set<string> =>
  new Set(addresses.map(({ group }) => group));

/** The prefix length of every service address on an interface. */
export const hostPrefix = (address: ServiceAddress): number => (familyOf(address) === 4 ? 32 : 128);

/** `ENODEV` and the like. */
export function errorName(errno: number): string {
  return getSystemErrorName(-errno);
}

export const FOREIGN = 'EEXIST: somebody else configured it';

export function resultOf(placed: PlacedAddress, verb: 'add' | 'remove', cause: string | null): AddressResult {
  const { group, interface: name, address } = placed;
  if (cause === null) return { group, interface: name, address, error: null };
  const where = verb === 'add' ? `to ${name}` : `from ${name}`;
  return { group, interface: name, address, error: `cannot ${verb} ${address} ${where}: ${cause}` };
}
