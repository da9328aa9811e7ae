// Which addresses can serve as what. The kinds are those of the IANA special-purpose registries.

import { addressBytes, familyOf, parseAddress, type Address } from '../core/address.js';
import { quoted } from './fault.js';

const firstByte = (address: Address): number => addressBytes(address)[0] ?? 0;

/** 224.0.0.0/4, ff00::/8. */
export const isMulticast = (address: Address): boolean =>
  familyOf(address) === 4 ? firstByte(address) >> 4 === 14 : firstByte(address) === 0xff;

export const isUnspecified = (address: Address): boolean => addressBytes(address).every((byte) => byte === 0);

/** 127.0.0.0/8, ::1. */
export const isLoopback = (address: Address): boolean =>
  familyOf(address) === 4 ? firstByte(address) === 127 : address === '::1';

/** fe80::/10: means something only together with an interface. */
export const isLinkLocal = (address: Address): boolean => {
  const [first = 0, second = 0] = addressBytes(address);
  return familyOf(address) === 6 && first === 0xfe && second >> 6 === 2;
};

/** ::ffff:0:0/96: an IPv4 address in disguise. */
const isMapped = (address: Address): boolean =>
  familyOf(address) === 6 &&
  addressBytes(address).every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));

/** What `address` is, where one host cannot own it; null: one can. */
export function unusableAsHost(address: Address): string | null {
  if (isUnspecified(address)) return 'the unspecified address';
  if (isMulticast(address)) return 'a multicast address';
  if (isMapped(address)) return 'an IPv4 address written as IPv6';
  if (familyOf(address) === 4 && firstByte(address) === 0) return 'an address of "this network" (0.0.0.0/8)';
  if (familyOf(address) === 4 && firstByte(address) >= 240) return 'a reserved address (240.0.0.0/4)';
  return null;
}

/** What `address` is, where others cannot reach one host by it; null: they can. */
export function unreachableForOthers(address: Address): string | null {
  if (isLoopback(address)) return 'a loopback address';
  if (isLinkLocal(address)) return 'a link-local address';
  return unusableAsHost(address);
}

/** Why `address` in a subnet of `prefix` bits cannot be a service address, as a sentence; null: it can. */
export function serviceAddressFault(address: Address, prefix: number): string | null {
  const kind = unreachableForOthers(address);
  if (kind !== null) return `${address} is ${kind}: no client could reach a service there`;
  const bits = hostBits(address, prefix);
  if (bits.length < 2) return null;
  if (!bits.includes('1')) {
    const name = familyOf(address) === 4 ? 'network address' : 'subnet-router anycast address';
    return `${address} is the ${name} of its /${String(prefix)}: use an address within`;
  }
  if (familyOf(address) === 4 && !bits.includes('0'))
    return `${address} is the broadcast address of its /${String(prefix)}: use an address within`;
  return null;
}

/** The bits behind the prefix, as zeros and ones. */
function hostBits(address: Address, prefix: number): string {
  let bits = '';
  for (const byte of addressBytes(address)) bits += byte.toString(2).padStart(8, '0');
  return bits.slice(prefix);
}

/** Why `text` is no address, with what was probably meant. */
export function addressFault(text: string): string {
  const [host = '', ...rest] = text.split('/');
  const parsed = parseAddress(host);
  if (parsed !== null && rest.length > 0)
    return `${quoted(text)} must be an address without a prefix length: ${parsed}`;
  const [, before = '', zone] = /^([^%]*)(%.*)$/.exec(text) ?? [];
  if (zone !== undefined && parseAddress(before) !== null)
    return `${quoted(text)} must be an address without a zone (${quoted(zone)})`;
  const padded = text.split('.').map((part) => part.replace(/^0+(?=[0-9])/, ''));
  const meant = parseAddress(padded.join('.'));
  if (meant !== null && meant !== text)
    return `${quoted(text)} has leading zeros, which some read as octal: write ${meant}`;
  const [, withoutPort] = /^([0-9.]+):[0-9]+$/.exec(text) ?? [];
  if (withoutPort !== undefined && parseAddress(withoutPort) !== null)
    return `${quoted(text)} must be an address without a port: ${withoutPort}`;
  return `${quoted(text)} is no IPv4 or IPv6 address`;
}
