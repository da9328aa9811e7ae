// The control interfaces as this host has them: their index and the address to speak with.

import { familyOf, parseAddress, sameSubnet } from '../core/address.js';
import type { Address, Family, HostId } from '../core/address.js';
import type { Configuration, PrefixedAddress } from '../config/configuration.js';
import { familyOfGroup } from '../config/group-family.js';
import type { ControlInterface } from '../ipc/supervisor-messages.js';

/** A control interface that is there, with all addresses that may serve as its control address, best first. */
export interface FoundInterface {
  readonly name: string;
  readonly index: number;
  readonly addresses: readonly PrefixedAddress[];
}

/** What the system says of interfaces; `processAddon` has all of it. */
export interface Interfaces {
  interfaceIndex(name: string): number;
  isLocalAddress(address: string, interfaceIndex: number): boolean;
  interfaceAddresses(name: string): readonly { readonly address: string; readonly prefix: number }[];
}

/** The interface, or one line about what it lacks. */
export function findInterface(
  name: string,
  configuration: Configuration,
  interfaces: Interfaces,
): FoundInterface | string {
  const index = interfaces.interfaceIndex(name);
  if (index === 0) return `control interface ${name} does not exist`;
  const addresses = rankAddresses(interfaces.interfaceAddresses(name), configuration);
  if (addresses.length === 0) return `control interface ${name} has no address`;
  return { name, index, addresses };
}

/**
 * The addresses that may be control addresses, best first: IPv4 before IPv6 (the other way round where all groups talk
 * over IPv6), link-local ones last. A service address may still stand on an interface that serves both purposes: those
 * of the configuration are left out, and what looks like another's (/32, /128) comes after real ones.
 */
export function rankAddresses(
  held: readonly { readonly address: string; readonly prefix: number }[],
  configuration: Configuration,
): PrefixedAddress[] {
  const groups = Object.values(configuration.groups);
  const first: Family = groups.length > 0 && groups.every((group) => familyOfGroup(group) === 6) ? 6 : 4;
  const preferred = new Set(groups.flatMap((group) => group.prefer.map(({ address }) => address)));
  const rank = ({ address, prefix }: PrefixedAddress): number =>
    (isLinkLocal(address) ? 4 : 0) +
    (familyOf(address) === first ? 0 : 2) +
    (prefix === (familyOf(address) === 4 ? 32 : 128) ? 1 : 0);
  return held
    .flatMap(({ address, prefix }) => {
      const parsed = parseAddress(address);
      return parsed === null || preferred.has(parsed) ? [] : [{ address: parsed, prefix }];
    })
    .sort((a, b) => rank(a) - rank(b));
}

const V6_LINK_LOCAL = 'fe80::' as Address;
const isLinkLocal = (address: Address): boolean =>
  familyOf(address) === 6 && sameSubnet(address, V6_LINK_LOCAL, 10);

const ofFamily = (found: FoundInterface, family: Family): PrefixedAddress | undefined =>
  found.addresses.find(({ address }) => familyOf(address) === family);

/** The interface's address of a family, or null. */
export const addressOf = (found: FoundInterface, family: Family): Address | null =>
  ofFamily(found, family)?.address ?? null;

/** What is said of an interface to the roles. */
export function describeInterface(found: FoundInterface): ControlInterface {
  const [best] = found.addresses;
  if (best === undefined) throw new Error(`control interface ${found.name} has no address`);
  const first = familyOf(best.address);
  const addresses = [best, ofFamily(found, first === 4 ? 6 : 4) ?? []].flat();
  return { name: found.name, index: found.index, address: best.address, prefix: best.prefix, addresses };
}

/** The id of this host: what the configuration says, else the address of the first control interface that is there. */
export const hostIdOf = (configuration: Configuration, found: readonly FoundInterface[]): HostId | null =>
  configuration.id ?? found[0]?.addresses[0]?.address ?? null;
