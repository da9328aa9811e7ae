// R60: on which control interfaces a unicast peer is reached: where it is in the subnet of our own address, since a frame
// that crossed a router is refused (hop limit 255).
//
// Link-local IPv6: all interfaces have the same subnet, and an address does not say whose it is. Where our control address
// is link-local, because the interface has no other of IPv6, such a peer is tried on each of these interfaces; the
// wrong ones have nobody who answers its solicitations. Where our control address is a global one no link-local peer is
// reached, nor could it reach us: all members of a link must have the one kind or the other.

import { familyOf, sameSubnet, type Address } from '../core/address.js';
import type { ControlInterface } from './supervisor-messages.js';

/**
 * Whether the peer is on the link of that interface. `perhaps`: of the peer's family no address of ours is known there; if it
 * gets one later, and a socket with it, anything may be in its subnet.
 */
export function reachOn({ addresses }: ControlInterface, peer: Address): 'yes' | 'no' | 'perhaps' {
  const ours = addresses.filter(({ address }) => familyOf(address) === familyOf(peer));
  if (ours.length === 0) return 'perhaps';
  return ours.some(({ address, prefix }) => sameSubnet(peer, address, prefix)) ? 'yes' : 'no';
}
